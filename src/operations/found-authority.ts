import { existsSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { BednetError } from '../error.js'
import { decodePem, encodePem } from '../pki/pem.js'
import { Secret } from '../secret.js'

/** The files of an authority that something else has made, wherever they lay. */
export interface FoundAuthority {
  /** What keeps its files so: `easy-rsa`, `OwnTracks`, `PEM`. */
  readonly layout: 'easy-rsa' | 'OwnTracks' | 'PEM'
  readonly certificate: FoundFile
  readonly key: { readonly path: string; readonly text: Secret }
  /** What it has issued and revoked, as `openssl ca` keeps it. */
  readonly index: FoundFile | undefined
  readonly revocationList: FoundFile | undefined
}

export interface FoundFile {
  readonly path: string
  readonly text: string
}

/** Where the files are not, or not where their layout has them. */
interface Given {
  /** A file, or the folder of easy-rsa or of OwnTracks' generate-CA.sh. */
  readonly path: string
  readonly key: string | undefined
  readonly crl: string | undefined
}

/**
 * Finds the files of an authority.
 * @throws BednetError USAGE where there are none, or no key beside the certificate
 */
export function findAuthority({ path, key, crl }: Given): FoundAuthority {
  const place = layoutOf(resolve(path))
  const keyPath = key === undefined ? (place.key ?? besides(place.certificate)) : resolve(key)
  const list = crl === undefined ? place.revocationList : resolve(crl)
  return {
    layout: place.layout,
    certificate: certificateIn(read(place.certificate)),
    key: { path: keyPath, text: new Secret(read(keyPath).text) },
    index: place.index !== undefined && existsSync(place.index) ? read(place.index) : undefined,
    revocationList:
      list === undefined || (crl === undefined && !existsSync(list)) ? undefined : read(list),
  }
}

interface Place {
  readonly layout: FoundAuthority['layout']
  readonly certificate: string
  /** Undefined: beside the certificate. */
  readonly key?: string
  readonly index?: string
  readonly revocationList?: string
}

function layoutOf(path: string): Place {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    return { layout: 'PEM', certificate: path }
  // Of easy-rsa 3 the folder itself, or the "pki" in it; of easy-rsa 2 "keys".
  for (const folder of [path, join(path, 'pki')]) {
    const key = join(folder, 'private/ca.key')
    if (!existsSync(key)) continue
    return {
      ...{ layout: 'easy-rsa', certificate: join(folder, 'ca.crt'), key },
      ...{ index: join(folder, 'index.txt'), revocationList: join(folder, 'crl.pem') },
    }
  }
  if (existsSync(join(path, 'ca.crt')))
    return { layout: 'OwnTracks', certificate: join(path, 'ca.crt'), key: join(path, 'ca.key') }
  throw new BednetError('USAGE', `there is no authority in ${path}`, {
    at: path,
    hint: 'name the PEM file of its certificate, the "pki" folder of easy-rsa, or the folder with ca.crt and ca.key',
  })
}

/** One file may have both. */
function besides(certificate: string): string {
  const text = read(certificate).text
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return certificate
  const key = certificate.replace(/\.(crt|pem|cer)$/, '.key')
  if (key !== certificate && existsSync(key)) return key
  throw new BednetError('USAGE', `the private key of ${certificate} is not beside it`, {
    at: dirname(certificate),
    hint: 'say where it is: --key FILE',
  })
}

/** Alone: it is handed out to every device, and its file may have the private key in it, too. */
function certificateIn({ path, text }: FoundFile): FoundFile {
  const der = decodePem('CERTIFICATE', text)
  if (der !== undefined) return { path, text: encodePem('CERTIFICATE', der) }
  throw new BednetError('CERTIFICATE_UNREADABLE', `there is no certificate in PEM in ${path}`, {
    at: path,
    hint: 'if it is in DER, run: openssl x509 -inform DER -in FILE -out ca.crt',
  })
}

/** Of a list of a hundred thousand lines, and no pipe that never ends. */
const mostBytes = 64 * 1024 * 1024

function read(path: string): FoundFile {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found !== undefined && (!found.isFile() || found.size > mostBytes))
    throw new BednetError('USAGE', `${path} is no file of an authority`, {
      at: path,
      hint: 'name the PEM file of its certificate, or a folder with its files',
    })
  try {
    return { path, text: readFileSync(path, 'utf8') }
  } catch (cause) {
    throw new BednetError('USAGE', `${path} cannot be read`, {
      at: path,
      hint: 'look whether it is there, and whether you may read it',
      cause,
    })
  }
}
