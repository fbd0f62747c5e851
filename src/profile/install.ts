import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { upstreamArchive } from './archive.js'
import { readBeside } from './beside.js'
import type { Fault, Locate } from './document.js'
import type { Fleet } from './fleet.js'
import { isRefusal, type Refusal, show } from './refusal.js'
import type { Parts } from './schema.js'
import { type FileContent, readText } from './text.js'

type Install = Parts['install']
type FromSource = Extract<Install, { readonly source: string }>
type FromArchive = Extract<Install, { readonly archive: string }>

interface Beside {
  readonly folder: string
  readonly placeOf: Locate
  readonly readFile: (path: string) => FileContent | undefined
}

type Installed = Pick<Fleet, 'source' | 'archive'>

/** What a host will trust is read before anything is done; or what is wrong with it. */
export function readInstall(
  install: Install | undefined,
  beside: Beside,
): Installed | readonly Fault[] {
  const byApt = { source: undefined, archive: undefined }
  if (install === undefined || install === 'apt') return byApt
  if (install === 'ppa') return { ...byApt, archive: upstreamArchive }
  return 'source' in install ? readSource(install, beside) : readArchive(install, beside)
}

function readSource(
  { source, sha256 }: FromSource,
  { folder, placeOf, readFile }: Beside,
): Installed | readonly Fault[] {
  const content = readBeside(source, {
    what: 'source',
    hint: 'write the path of a Mosquitto source tarball, relative to the profile',
    readFile,
  })
  if (isRefusal(content)) return [{ place: placeOf(['install', 'source'], 'value'), ...content }]
  const found = createHash('sha256').update(content).digest('hex')
  if (found === sha256)
    return { source: { path: resolve(folder, source), sha256 }, archive: undefined }
  return [
    {
      place: placeOf(['install', 'sha256'], 'value'),
      message: `${show(source)} has another SHA-256: ${found}`,
      hint: 'fetch the file again, and take its digest from whoever publishes it',
    },
  ]
}

function readArchive(
  { archive: url, suite, origin, key, fingerprint }: FromArchive,
  { placeOf, readFile }: Beside,
): Installed | readonly Fault[] {
  if (key === undefined && fingerprint === undefined) {
    return [
      {
        place: placeOf(['install', 'archive'], 'key'),
        message: 'nothing says which key signs the archive',
        hint: 'add "key: FILE", "fingerprint: …" or both',
      },
    ]
  }
  const text = key === undefined ? undefined : readKey(key, readFile)
  if (isRefusal(text)) return [{ place: placeOf(['install', 'key'], 'value'), ...text }]
  const archive = { url, suite, origin, key: text, fingerprint, isForUbuntu: false }
  return { source: undefined, archive }
}

function readKey(path: string, readFile: Beside['readFile']): string | Refusal {
  const hint = 'write the path of a public key in ASCII armour, as "gpg --armor --export" prints it'
  const content = readBeside(path, { what: 'key', hint, readFile })
  if (isRefusal(content)) return content
  const text = readText(path, content, largestKeyBytes)
  if (typeof text === 'string' && armour.test(text)) return text
  return { message: `${show(path)} is no public key in ASCII armour`, hint }
}

const armour = /^-----BEGIN PGP PUBLIC KEY BLOCK-----$[^]*^-----END PGP PUBLIC KEY BLOCK-----$/m

/** It travels in a question, which has room for little more. */
const largestKeyBytes = 32_768
