import type { CertificateUse, Check, Objection } from './objection.js'
import { chainChecks } from './objections-chain.js'
import { contentChecks } from './objections-content.js'
import { useChecks } from './objections-use.js'
import { readCertificate } from './reading.js'

/**
 * Whatever there is to object to a certificate, the gravest first; nothing where all clients take it.
 * @param certificate PEM
 * @throws BednetError CERTIFICATE_UNREADABLE where it, or an authority's, is none
 * @example
 * ```ts
 * import { createAuthority, generateKey, issueCertificate, objections } from 'bednet/pki'
 * import type { CertificateUse, Objection, ObjectionId } from 'bednet/pki'
 *
 * const period = {
 *   notBefore: new Date('2026-01-01T00:00:00Z'),
 *   notAfter: new Date('2027-01-01T00:00:00Z'),
 * }
 * const authority = await createAuthority({
 *   commonName: 'Greenhouse CA',
 *   site: 'greenhouse',
 *   generation: 1,
 *   algorithm: 'p256',
 *   ...period,
 *   serial: '4D0000000000000000000001',
 * })
 * const certificate = await issueCertificate(authority, {
 *   purpose: 'broker',
 *   commonName: 'hub',
 *   names: ['hub.local'],
 *   publicKey: await generateKey('p256'),
 *   ...period,
 *   serial: '4D0000000000000000000002',
 * })
 * const use: CertificateUse = {
 *   purpose: 'broker',
 *   authorities: [authority.certificate],
 *   names: ['hub.local'],
 *   now: new Date('2026-06-01T00:00:00Z'),
 * }
 * objections(certificate, use) // => []
 *
 * const later = { ...use, names: ['192.0.2.10'], now: new Date('2027-02-01T00:00:00Z') }
 * const found: readonly Objection[] = objections(certificate, later)
 * const ids: readonly ObjectionId[] = found.map(({ id }) => id)
 * ids // => ['expired', 'name-missing']
 * found[0]?.message // => 'expired on 2027-01-01T00:00:00.000Z'
 * ```
 */
export function objections(certificate: string, use: CertificateUse): readonly Objection[] {
  const reading = readCertificate(certificate)
  const examined = { reading, use, authorities: use.authorities.map(readCertificate) }
  const found = checks.flatMap(check => check(examined) ?? [])
  return gravity.flatMap(severity => found.filter(each => each.severity === severity))
}

const checks: readonly Check[] = [...chainChecks, ...useChecks, ...contentChecks]

const gravity = ['refused', 'refused-by-strict', 'warning'] as const
