import type { KeyObject } from 'node:crypto'
import {
  createAuthority,
  generateKey,
  type Authority,
  type KeyAlgorithm,
  type NewAuthority,
  type NewCertificate,
} from '../../src/pki/index.js'

export const year2026 = {
  notBefore: new Date('2026-01-01T00:00:00Z'),
  notAfter: new Date('2027-01-01T00:00:00Z'),
}

/** The authority of these tests, for ten years from 2026. */
export function greenhouse(
  changes: Partial<NewAuthority> = {},
): Promise<Authority & { readonly key: KeyObject }> {
  return createAuthority({
    commonName: 'Greenhouse CA',
    site: 'greenhouse',
    generation: 1,
    algorithm: 'p256',
    notBefore: year2026.notBefore,
    notAfter: new Date('2036-01-01T00:00:00Z'),
    serial: '4D00000000000000000000000000CA01',
    ...changes,
  })
}

/** Its broker's certificate, with a new key. */
export async function hub(
  changes: Partial<NewCertificate> = {},
  algorithm: KeyAlgorithm = 'p256',
): Promise<NewCertificate> {
  return {
    purpose: 'broker',
    commonName: 'mqtt.example.org',
    names: ['mqtt.example.org', '192.0.2.10', '2001:db8::10'],
    publicKey: await generateKey(algorithm),
    ...year2026,
    serial: '4D000000000000000000000000000001',
    ...changes,
  }
}

/** One of its devices' certificate, with a new key. */
export function sensor(
  changes: Partial<NewCertificate> = {},
  algorithm: KeyAlgorithm = 'p256',
): Promise<NewCertificate> {
  return hub({ purpose: 'client', commonName: 'esp32-001', names: [], ...changes }, algorithm)
}
