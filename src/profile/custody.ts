import { show, type Refusal } from './refusal.js'

/** Reads a public key of age: X25519, in Bech32. */
export function readRecipient(text: string): string | Refusal {
  if (/^age1[02-9ac-hj-np-z]{58}$/.test(text)) return text
  return {
    message: `${show(text)} is no recipient of age`,
    hint: 'write what "age-keygen -y" prints, which begins with age1',
  }
}

/** Reads the label of a token or of a key in it: 32 bytes of PKCS#11, and plain ones. */
export function readLabel(text: string): string | Refusal {
  if (/^[A-Za-z0-9][A-Za-z0-9 _.:-]{0,31}$/.test(text)) return text
  return {
    message: `${show(text)} cannot be a label of a token`,
    hint: 'use up to 32 letters, digits, spaces and _ . : - and begin with a letter or digit',
  }
}
