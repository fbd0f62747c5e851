import { readdir, readFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'

import { BednetError } from '../error.js'
import { matchesPattern } from './ssh-pattern.js'

/** The person's configuration and the system's as one text, in ssh's order, includes put in. */
export async function readSshConfig(home: string, instead?: string): Promise<string> {
  if (instead !== undefined) return await readNamed(instead, home)
  const files = [join(home, '.ssh/config'), '/etc/ssh/ssh_config']
  const texts = await Promise.all(files.map(file => readOne(file, { home, depth: 0 })))
  return texts.join(`\n${everyHost}\n`)
}

/** The text of a file, or none where there is no such file. */
export async function readIfThere(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && absent.includes(String(error.code))) return ''
    throw error
  }
}

const absent = ['ENOENT', 'ENOTDIR', 'EACCES']

/** Ends whatever section a file ended in: what follows holds for every host again. */
const everyHost = 'Match all'

/** ssh's own limit, against a file that includes itself. */
const includeDepthLimit = 16

interface Place {
  readonly home: string
  readonly depth: number
}

async function readNamed(file: string, home: string): Promise<string> {
  try {
    return await putIncludesIn(await readFile(file, 'utf8'), file, { home, depth: 0 })
  } catch (cause) {
    throw new BednetError('USAGE', `cannot read the ssh configuration ${file}`, {
      hint: 'name a file that you may read',
      cause,
    })
  }
}

async function readOne(file: string, place: Place): Promise<string> {
  return place.depth > includeDepthLimit
    ? ''
    : await putIncludesIn(await readIfThere(file), file, place)
}

/** The library does not follow `Include`; the section around one goes on after it. */
async function putIncludesIn(text: string, file: string, place: Place): Promise<string> {
  const lines: string[] = []
  let section = everyHost
  for (const line of text.split(/\r?\n/)) {
    const [, keyword = '', value = ''] = /^\s*(\w+)(?:\s*=\s*|\s+)(.*)$/.exec(line) ?? []
    if (/^(?:host|match)$/i.test(keyword)) section = line
    if (!/^include$/i.test(keyword)) lines.push(line)
    else for (const each of await included(value, file, place)) lines.push(each, section)
  }
  return lines.join('\n')
}

async function included(value: string, file: string, place: Place): Promise<readonly string[]> {
  const words = [...value.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain)
  const paths = words.map(word => {
    const path = (word ?? '').replace(/^~(?=\/)/, () => place.home)
    return resolve(dirname(file), path)
  })
  const files = (await Promise.all(paths.map(matchingFiles))).flat()
  const deeper = { ...place, depth: place.depth + 1 }
  return await Promise.all(files.map(each => readOne(each, deeper)))
}

/** A pattern in the last part of a path only: the others that ssh would take are not seen in use. */
async function matchingFiles(path: string): Promise<readonly string[]> {
  if (!/[*?]/.test(basename(path))) return [path]
  const folder = dirname(path)
  const names = await readdir(folder).catch(() => [])
  return names
    .filter(name => !name.startsWith('.') && matchesPattern(basename(path), name))
    .sort()
    .map(name => join(folder, name))
}
