import type { AuthorityId, AuthoritySpec, Custody, Fleet, Signed } from './fleet.js'
import type { Parts } from './schema.js'

type Written = Parts['authority']

/** The authorities of a profile, each root before the one that it signs. */
export function resolveAuthorities(part: Written, site: string): readonly AuthoritySpec[] {
  const { devices, issuing, crl } = part
  const specOf = specIn(part, site)
  const signs: readonly Signed[] = devices === undefined ? ['brokers', 'devices'] : ['brokers']
  const list = { revocationListDays: crl.lifetime }
  const root = specOf('ca', part)
  return [
    // Where its key may be put away, its own list must not fall due.
    ...(issuing === undefined
      ? [{ ...root, ...list, signs }]
      : [
          { ...root, revocationListDays: undefined, signs: [] },
          { ...specOf('issuing', issuing), ...list, permitted: issuing.permitted, signs },
        ]),
    ...(devices === undefined
      ? []
      : [{ ...specOf('devices', devices), ...list, signs: ['devices' as const] }]),
  ]
}

/** What signs the certificates of brokers, or those of devices and canaries. */
export function signerOf(
  { authorities }: Pick<Fleet, 'authorities'>,
  whose: Signed,
): AuthoritySpec {
  const signer = authorities.find(({ signs }) => signs.includes(whose))
  if (signer === undefined) throw new Error(`no authority signs ${whose}`)
  return signer
}

/** An authority and those above it, the root last. */
export function chainOf(
  { authorities }: Pick<Fleet, 'authorities'>,
  spec: AuthoritySpec,
): readonly AuthoritySpec[] {
  const issuer = authorities.find(({ id }) => id === spec.issuer)
  return issuer === undefined ? [spec] : [spec, issuer]
}

type Own = Pick<Written, 'commonName' | 'key' | 'lifetime' | 'passphrase' | 'custody'>

function specIn(root: Own, site: string) {
  return (id: AuthorityId, written: Own) => ({
    id,
    commonName: written.commonName ?? defaultName(site, id),
    key: written.key,
    lifetimeDays: written.lifetime,
    custody: custodyOf(written) ?? inherited(root) ?? asked,
    issuer: id === 'issuing' ? ('ca' as const) : undefined,
    permitted: [],
  })
}

function defaultName(site: string, id: AuthorityId): string {
  return id === 'ca' ? `${site} CA` : `${site} ${id} CA`
}

const asked: Custody = { kind: 'passphrase', source: { from: 'prompt' } }

/** But no key of a token: two authorities would share it. */
function inherited(root: Own): Custody | undefined {
  const custody = custodyOf(root)
  return custody?.kind === 'token' ? undefined : custody
}

/** Undefined where nothing is said of it. */
function custodyOf({ passphrase, custody }: Own): Custody | undefined {
  if (custody === undefined) return passphrase && { kind: 'passphrase', source: passphrase }
  return 'age' in custody ? { kind: 'age', ...custody.age } : { kind: 'token', ...custody.token }
}
