import { byPlace, type Fault, type Place } from './document.js'

/** Somebody or something that gets a common name: in a certificate, or as a user name. */
export interface Identity {
  readonly name: string
  readonly kind: 'authority' | 'broker' | 'user' | 'device'
  readonly place: () => Place
}

/**
 * Every identity needs a common name of its own. A clash names both places; where two ranges or
 * lists share many names, it is one fault, with how many.
 */
export function checkDistinct(identities: readonly Identity[]): readonly Fault[] {
  const first = new Map<string, Identity>()
  const clashes = new Map<string, Clash>()
  for (const identity of identities) {
    const same = sameName(identity.name)
    const other = first.get(same)
    if (other) addClash(clashes, [other, identity])
    else first.set(same, identity)
  }
  return [...clashes.values()].map(faultOf)
}

// OpenSSL compares names without regard to case and blanks, and so do some folders of a vault.
function sameName(name: string): string {
  return name.toLowerCase().replaceAll(/\s+/g, ' ')
}

interface Clash {
  readonly earlier: Identity
  readonly later: Identity
  readonly places: readonly [Place, Place]
  count: number
}

function addClash(clashes: Map<string, Clash>, pair: readonly [Identity, Identity]): void {
  const [one, other] = pair.map(identity => ({ identity, place: identity.place() })).sort(byPlace)
  if (!one || !other) return
  const between = `${one.place.at} ${other.place.at}`
  const clash = clashes.get(between)
  if (clash) clash.count++
  else {
    const places = [one.place, other.place] as const
    clashes.set(between, { earlier: one.identity, later: other.identity, places, count: 1 })
  }
}

function faultOf({ earlier, later, places, count }: Clash): Fault {
  const names =
    count > 1
      ? `the common names of ${later.kind} "${later.name}" and ${String(count - 1)} more are`
      : `the common name of ${later.kind} "${later.name}" is`
  return {
    place: places[1],
    message: `${names} taken by ${earlier.kind} "${earlier.name}" at ${places[0].at}`,
    hint: `${whyDistinct(earlier, later)}; rename one of them`,
  }
}

function whyDistinct(...identities: readonly Identity[]): string {
  const kinds = identities.map(({ kind }) => kind)
  if (kinds.includes('authority')) {
    return (
      'OpenSSL takes a certificate named like its CA for self-signed (error 18), ' +
      'and the other side answers "unknown ca"'
    )
  }
  if (kinds.includes('broker')) {
    return 'whoever has the certificate of one could pass for the other'
  }
  return 'two clients of one name share rights and a session: each connection ends the other'
}
