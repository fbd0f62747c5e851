import { encodePkcs12, encodeTrustStore } from '../pki/bundle/pkcs12.js'
import { toDer } from '../pki/bundle/plain.js'
import { readPrivateKey } from '../pki/key.js'
import type { Device } from '../profile/fleet.js'
import type { Format } from '../profile/platform.js'
import type { Secret } from '../secret.js'
import { entryOf } from '../vault/layout.js'

/** A file that a device's folder has besides PEM. */
export type DeviceFile = (typeof files)[Exclude<Format, 'pem'>][number]

/** What they are made from. */
export interface Credential {
  /** PEM: the device's certificate, and those between it and the root where there are any. */
  readonly certificate: string
  readonly authority: string
  /** PEM, encrypted where the profile has a passphrase for it. */
  readonly key: Secret
  /** Undefined only where `takesPassphrase` says no. */
  readonly passphrase: Secret | undefined
}

/** What a file holds, as an entry of the vault has it: of binary ones a byte for each character. */
export interface MadeFile {
  readonly file: DeviceFile
  readonly content: string
}

const files = {
  der: ['ca.der', 'client.der', 'client-key.der'],
  p12: ['client.p12'],
  'p12-legacy': ['client-legacy.p12'],
  truststore: ['truststore.p12'],
} as const

export const allDeviceFiles: readonly DeviceFile[] = Object.values(files).flat()

/** Of these formats, PEM aside. */
export function deviceFiles({ formats }: Pick<Device, 'formats'>): readonly DeviceFile[] {
  return formats.flatMap<DeviceFile>(format => (format === 'pem' ? [] : files[format]))
}

/** For the note to a device's owner: the files that it has besides PEM, and what each is. */
export function fileWords(
  device: Device,
): readonly { readonly file: string; readonly what: string }[] {
  return deviceFiles(device).map(file => ({ file, what: words[file] }))
}

const words: Readonly<Record<DeviceFile, string>> = {
  'ca.der': '`ca.crt` in DER',
  'client.der': '`client.crt` in DER',
  'client-key.der': '`client.key` in DER (PKCS#8)',
  'client.p12': 'key, certificate and authority in one, as PKCS#12 with AES',
  'client-legacy.p12':
    'key, certificate and authority in one, as PKCS#12 with 3DES: for phones and older keychains',
  'truststore.p12': 'whom to trust, as a trust store for Java',
}

/** Whether one of its files is not to be had without a passphrase. */
export function takesPassphrase({ passphrase, formats }: Device): boolean {
  return passphrase !== undefined || deviceFiles({ formats }).some(file => file.endsWith('.p12'))
}

export const entryOfFile = (name: string, file: DeviceFile) => entryOf.device(name, file)

/** Makes these files of a device, one after the other: each takes some tenths of a second. */
export async function makeDeviceFiles(
  { name }: Pick<Device, 'name'>,
  wanted: readonly DeviceFile[],
  credential: Credential,
): Promise<readonly MadeFile[]> {
  const made: MadeFile[] = []
  for (const file of wanted) {
    const content = await contentOf(file, name, credential)
    made.push({ file, content: content.toString('latin1') })
  }
  return made
}

async function contentOf(
  file: DeviceFile,
  name: string,
  { certificate, authority, key, passphrase }: Credential,
): Promise<Buffer> {
  switch (file) {
    case 'ca.der':
      return toDer(authority)
    case 'client.der':
      return toDer(certificate)
    case 'client-key.der':
      return toDer(key.reveal())
    case 'truststore.p12':
      return await encodeTrustStore({
        kind: 'modern',
        authorities: authority,
        passphrase: required(passphrase),
      })
    case 'client.p12':
    case 'client-legacy.p12':
      return await encodePkcs12({
        kind: file === 'client.p12' ? 'modern' : 'legacy',
        friendlyName: name,
        chain: `${certificate}${authority}`,
        key: readPrivateKey(key.reveal(), passphrase),
        passphrase: required(passphrase),
      })
  }
}

function required(passphrase: Secret | undefined): Secret {
  if (passphrase === undefined) throw new Error('a PKCS#12 file without a passphrase')
  return passphrase
}
