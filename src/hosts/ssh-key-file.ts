import { createPrivateKey } from 'node:crypto'

import { BednetError } from '../error.js'
import { Secret } from '../secret.js'
import type { World } from '../world.js'
import { readIfThere } from './ssh-config-files.js'
import { type ParsedKey, parseKey } from './ssh2.js'

/** The variable that opens encrypted key files where nobody is there to be asked. */
const keyPassphraseVariable = 'BEDNET_SSH_PASSPHRASE'

/** A key file whose public half is known; the private one is still as it lies on disk. */
export interface KeyFile {
  readonly path: string
  readonly publicKey: ParsedKey
  /** Undefined where the file holds a public key only: then an agent has the private one. */
  readonly open: (() => Promise<ParsedKey>) | undefined
}

type Asking = Pick<World, 'environment' | 'ask'>

/**
 * Reads a key file in OpenSSH's format, PEM or PKCS#8. A passphrase is wanted here only where the
 * public half is nowhere to be seen without it. Undefined: there is no such file.
 */
export async function readKeyFile(path: string, asking: Asking): Promise<KeyFile | undefined> {
  const [text, beside] = await Promise.all([readIfThere(path), readIfThere(`${path}.pub`)])
  if (text === '') return undefined
  const open = (): Promise<ParsedKey> => unlock({ path, text }, asking)
  const plain = readKey(text)
  if (plain !== undefined) {
    return { path, publicKey: plain, open: plain.isPrivateKey() ? open : undefined }
  }
  const publicKey = asKey(parseKey(beside)) ?? publicHalf(text)
  if (publicKey !== undefined) return { path, publicKey, open }
  const opened = await open()
  return { path, publicKey: opened, open: () => Promise.resolve(opened) }
}

/** How often a person may mistype. */
const passphraseTries = 3

async function unlock(
  file: { readonly path: string; readonly text: string },
  { environment, ask }: Asking,
): Promise<ParsedKey> {
  const plain = readKey(file.text)
  if (plain !== undefined) return plain
  refuseForeign(file)
  const given = environment[keyPassphraseVariable]
  if (given === undefined && ask === undefined) throw lacksPassphrase(file.path)
  const tries = given === undefined ? passphraseTries : 1
  for (let left = tries; left > 0; left -= 1) {
    const passphrase =
      given === undefined ? await ask?.(`passphrase of ${file.path}`) : new Secret(given)
    const key = passphrase && readKey(file.text, passphrase)
    if (key !== undefined) return key
  }
  throw new BednetError('SECRET_WRONG', `the passphrase does not open the key file ${file.path}`, {
    hint:
      given === undefined
        ? 'try again'
        : `correct $${keyPassphraseVariable}, or unset it to be asked`,
  })
}

/** Undefined: it cannot be read, for want of a (right) passphrase as a rule. */
function readKey(text: string, passphrase?: Secret): ParsedKey | undefined {
  const classic = /-----BEGIN (?:ENCRYPTED )?PRIVATE KEY-----/.test(text)
    ? fromPkcs8(text, passphrase)
    : text
  if (classic === undefined) return undefined
  // Once out of PKCS#8, nothing is encrypted any more.
  return asKey(parseKey(classic, classic === text ? passphrase?.reveal() : undefined))
}

/** ssh2 reads the older forms only; there is none for Ed25519 among them. */
function fromPkcs8(text: string, passphrase: Secret | undefined): string | undefined {
  try {
    const key = createPrivateKey(
      passphrase === undefined ? text : { key: text, passphrase: passphrase.reveal() },
    )
    if (key.asymmetricKeyType === 'rsa') {
      return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    }
    if (key.asymmetricKeyType === 'ec') {
      return key.export({ type: 'sec1', format: 'pem' }).toString()
    }
    return undefined
  } catch {
    return undefined
  }
}

/** OpenSSH's own format keeps the public half in clear, before the encrypted part. */
function publicHalf(text: string): ParsedKey | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]+?)-----END/.exec(text)?.[1]
  if (body === undefined) return undefined
  const bytes = Buffer.from(body, 'base64')
  let at = openSshMagicBytes
  const next = (): Buffer => {
    const length = bytes.readUInt32BE(at)
    at += lengthBytes + length
    return bytes.subarray(at - length, at)
  }
  try {
    // Cipher, key derivation and its options, then how many keys there are: always one.
    next()
    next()
    next()
    at += lengthBytes
    return asKey(parseKey(next()))
  } catch {
    return undefined
  }
}

/** `openssh-key-v1` and a NUL. */
const openSshMagicBytes = 15
const lengthBytes = 4

function asKey(parsed: ParsedKey | Error): ParsedKey | undefined {
  return parsed instanceof Error ? undefined : parsed
}

/** No passphrase helps where the file is of no kind that can be read. */
function refuseForeign({ path, text }: { readonly path: string; readonly text: string }): void {
  const encrypted =
    /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED|^Encryption: aes256/m.test(text) ||
    (/BEGIN OPENSSH PRIVATE KEY/.test(text) && publicHalf(text) !== undefined)
  if (encrypted) return
  throw new BednetError('KEY_UNREADABLE', `${path} is not a private key that ssh2 can read`, {
    hint: `convert a copy of it with "ssh-keygen -p -f ${path}"`,
  })
}

function lacksPassphrase(path: string): BednetError {
  return new BednetError('SECRET_MISSING', `the key file ${path} needs its passphrase`, {
    hint: `put it into $${keyPassphraseVariable}, or load the key with "ssh-add ${path}"`,
  })
}
