import { readLabel, readRecipient } from './custody.js'
import { readCommonName, readPath } from './names.js'
import { readPermitted } from './permitted.js'
import {
  days,
  heldSecret,
  key,
  lifetime,
  map,
  oneOrMore,
  secret,
  secretForms,
  text,
} from './schema-terms.js'
import * as z from './zod.js'

const age = map({
  recipients: oneOrMore(text(readRecipient)).describe(
    'Public keys of age (age1…): the key in the vault is encrypted to all of them.',
  ),
  identity: heldSecret.describe('Private key of one of them (AGE-SECRET-KEY-1…), to sign with.'),
})

const token = map({
  module: text(readPath).describe('Shared library that speaks PKCS#11 to it.'),
  token: text(readLabel).describe('Label of the token.'),
  object: text(readLabel).describe('Label of the key in it, which is made where there is none.'),
  pin: heldSecret.describe('PIN of its user.'),
})

/** What every authority has. */
const own = (byDefault: string, lifetimeByDefault: string) => ({
  commonName: text(readCommonName)
    .optional()
    .describe(
      `Name in the CA certificate; no broker, user or device may share it. Default: "${byDefault}".`,
    ),
  key,
  lifetime: lifetime(lifetimeByDefault, "the authority's"),
  passphrase: secret
    .optional()
    .describe(`Encrypts the CA key in the vault. Default: prompt. ${secretForms}`),
  custody: z
    .union([map({ age }), map({ token })])
    .optional()
    .describe('In place of a passphrase: age recipients, or a token (PKCS#11) that keeps the key.'),
})

export const authority = map({
  ...own('SITE CA', '10y'),
  crl: map({
    lifetime: days
      .optional()
      .describe(
        'How long a CRL is good for; an expired one locks everybody out. Default: as long as the CA.',
      ),
  })
    .prefault({})
    .describe('The list of revoked certificates.'),
  issuing: map({
    ...own('SITE issuing CA', '5y'),
    permitted: z
      .array(text(readPermitted))
      .prefault([])
      .meta({
        description:
          'Domains and CIDR blocks: the only names it may sign for (name constraints). Default: all.',
        examples: [['example.org', '192.0.2.0/24']],
      }),
  })
    .optional()
    .describe('An authority that signs in place of the root, whose key may then be put away.'),
  devices: map(own('SITE devices CA', '10y'))
    .optional()
    .describe('An authority of its own for devices; the other one is then for brokers alone.'),
})
