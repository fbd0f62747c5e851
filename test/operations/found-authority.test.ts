import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findAuthority } from '../../src/operations/found-authority.js'
import { scratchFolder } from '../vault/scratch.js'

const certificate = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'
const key = '-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n'

test.each([
  ['a key after it', `${certificate}${key}`],
  ['a key before it', `${key}${certificate}`],
  ['comments and a BOM', `\uFEFFCertificate:\n  Data\n${certificate}${key}`],
  ['line ends of Windows', `${certificate}${key}`.replaceAll('\n', '\r\n')],
])('of a file with %s, only the certificate is handed out', (_, text) => {
  const path = join(scratchFolder(), 'ca.pem')
  writeFileSync(path, text)
  const found = findAuthority({ path, key: undefined, crl: undefined })
  expect(found.certificate).toEqual({ path, text: certificate })
  expect(found.key.text.reveal()).toContain('PRIVATE KEY')
})
