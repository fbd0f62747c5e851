import type { Fleet } from '../../src/profile/fleet.js'
import { BednetError } from '../../src/error.js'
import { describeMistake, type ProfileSource, readProfile } from '../../src/profile/profile.js'
import type { FileContent } from '../../src/profile/text.js'

/** Files that a profile of a test names, by their path in it. */
type Files = Readonly<Record<string, FileContent>>

/** Reads a profile that is called bednet.yaml. */
export function read(content: FileContent, files: Files = {}): Fleet {
  const source: ProfileSource = {
    path: 'bednet.yaml',
    folder: '/home/me/greenhouse',
    content,
    readFile: path => files[path],
  }
  return readProfile(source)
}

/** The mistakes of a profile, one line each; none for a good one. */
export function mistakesOf(content: FileContent, files: Files = {}): readonly string[] {
  try {
    read(content, files)
    return []
  } catch (error) {
    if (error instanceof BednetError && error.code === 'PROFILE_INVALID') {
      return error.mistakes.map(describeMistake)
    }
    throw error
  }
}

/** A small profile without mistakes; tests put theirs in front, after or inside. */
export const soundProfile = `site: greenhouse
brokers:
  hub: { host: ubuntu@mqtt.example.org }
listeners:
  - { port: 1883, bind: loopback, admit: password }
  - { port: 8883, admit: certificate }
users:
  dashboard: { role: reader }
devices:
  - { names: "esp32-{01..03}", role: sensor }
roles:
  sensor: { publish: [sensors/%u/#], subscribe: [commands/%u/#] }
  reader: { subscribe: [sensors/#] }
`
