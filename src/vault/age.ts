import { armor, Decrypter, Encrypter, identityToRecipient } from 'age-encryption'
import { BednetError } from '../error.js'
import { Secret } from '../secret.js'

/** The fence around age-encryption: load it only where a key is kept by age. */

/** Encrypts to all of these recipients; the answer is armoured text. */
export async function encryptTo(recipients: readonly string[], content: Secret): Promise<Secret> {
  const encrypter = new Encrypter()
  for (const recipient of recipients) encrypter.addRecipient(recipient)
  return new Secret(armor.encode(await encrypter.encrypt(content.reveal())))
}

/** @throws BednetError SECRET_WRONG where the identity is none of the recipients', or no identity */
export async function decryptWith(identity: Secret, armoured: Secret): Promise<Secret> {
  try {
    const decrypter = new Decrypter()
    decrypter.addIdentity(identity.reveal())
    return new Secret(await decrypter.decrypt(armor.decode(armoured.reveal()), 'text'))
  } catch {
    throw new BednetError('SECRET_WRONG', 'the age identity does not open the private key', {
      hint: 'give the AGE-SECRET-KEY-1… of one of the recipients that it was encrypted to',
    })
  }
}

/** The recipient of an identity; undefined where it is none. */
export async function recipientOf(identity: Secret): Promise<string | undefined> {
  try {
    return await identityToRecipient(identity.reveal())
  } catch {
    return undefined
  }
}
