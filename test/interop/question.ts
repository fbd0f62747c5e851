import type { KeyAlgorithm } from '../../src/algorithm.js'
import { names, type Site } from './site.js'

/** What of bednet's is tried: a row of the matrix for each, and each key algorithm. */
export const kinds = [
  'root authority',
  'issuing authority',
  'permitted names',
  'broker by name',
  'broker by address',
  'client',
  'revocation list',
] as const
export type Kind = (typeof kinds)[number]

/** One thing that a stack is asked, and what must come of it. */
export interface Question {
  readonly id: string
  readonly kind: Kind
  readonly algorithm: KeyAlgorithm
  /** What must not be accepted is the negative control of the same row. */
  readonly expected: 'accepted' | 'refused'
  /** A sentence's end: "accepts …". */
  readonly what: string
  readonly ask: Chain | Handshake
}

/** Whether certificates, from files, lead to a trusted authority. */
export interface Chain {
  readonly verb: 'chain'
  readonly purpose: 'authority' | 'client'
  readonly anchors: string
  /** The certificate in question. */
  readonly chain: string
  /** What is shown by a stack that verifies nothing but handshakes, and its key. */
  readonly shown: string
  readonly key: string
  readonly revoked?: string
}

/** Whether a handshake comes about, in which each side proves itself to the other. */
export interface Handshake {
  readonly verb: 'handshake'
  readonly port: number
  readonly anchors: string
  /** The client's own. */
  readonly chain: string
  readonly key: string
  /** DNS name or address that the broker must have. */
  readonly name: string
}

/** Of the brokers that are served, each with another chain. */
export interface Ports {
  readonly ours: number
  readonly foreign: number
  /** By the issuing authority. */
  readonly below: number
  readonly foreignBelow: number
  /** By one that is limited to some names. */
  readonly named: number
  readonly addressed: number
  readonly outside: number
}

/** All that each stack is asked about what is of one key algorithm. */
export function questions(site: Site, ports: Ports): readonly Question[] {
  const asked = [
    ...aboutRoot(site),
    ...aboutIssuing(site, ports),
    ...aboutBroker(site, ports),
    ...aboutClient(site),
  ]
  return asked.map((each, index) => ({
    ...each,
    id: `${site.algorithm}-${String(index)}`,
    algorithm: site.algorithm,
  }))
}

type Draft = Omit<Question, 'id' | 'algorithm'>

function aboutRoot({ ours, foreign }: Site): readonly Draft[] {
  const ask = (side: Site['ours']): Chain => ({
    verb: 'chain',
    purpose: 'authority',
    anchors: ours.root,
    chain: side.root,
    shown: side.leaves.brokerAndRoot,
    key: side.key,
  })
  return [
    { kind: 'root authority', expected: 'accepted', what: 'the root', ask: ask(ours) },
    { kind: 'root authority', expected: 'refused', what: 'a foreign root', ask: ask(foreign) },
  ]
}

/** It is shown by who has a certificate of it; our clients have theirs of it as well. */
function aboutIssuing({ ours, foreign }: Site, ports: Ports): readonly Draft[] {
  const chain = (side: Site['ours']): Chain => ({
    verb: 'chain',
    purpose: 'authority',
    anchors: ours.root,
    chain: side.issuing,
    shown: side.below.broker,
    key: side.key,
  })
  const shake = (port: number, name: string): Handshake => ({
    verb: 'handshake',
    port,
    anchors: ours.root,
    chain: ours.below.client,
    key: ours.key,
    name,
  })
  const [kind, named] = ['issuing authority', 'permitted names'] as const
  const { dns, outside } = names
  return [
    { kind, expected: 'accepted', what: 'the issuing authority', ask: chain(ours) },
    { kind, expected: 'refused', what: 'a foreign issuing authority', ask: chain(foreign) },
    { kind, expected: 'accepted', what: 'its broker', ask: shake(ports.below, dns) },
    { kind, expected: 'refused', what: 'a foreign one', ask: shake(ports.foreignBelow, dns) },
    { kind: named, expected: 'accepted', what: 'a permitted name', ask: shake(ports.named, dns) },
    {
      ...{ kind: named, expected: 'accepted', what: 'a permitted name with permitted addresses' },
      ask: shake(ports.addressed, dns),
    },
    {
      ...{ kind: named, expected: 'refused', what: 'a name that is not permitted' },
      ask: shake(ports.outside, outside),
    },
  ]
}

function aboutBroker({ ours }: Site, ports: Ports): readonly Draft[] {
  const ask = (port: number, name: string): Handshake => ({
    verb: 'handshake',
    port,
    anchors: ours.root,
    chain: ours.leaves.client,
    key: ours.key,
    name,
  })
  const about = (kind: Kind, good: string, others: readonly string[]): readonly Draft[] => [
    { kind, expected: 'accepted', what: `the broker as ${good}`, ask: ask(ports.ours, good) },
    {
      ...{ kind, expected: 'refused', what: `a foreign broker as ${good}` },
      ask: ask(ports.foreign, good),
    },
    ...others.map((name): Draft => ({
      ...{ kind, expected: 'refused', what: `the broker as ${name}` },
      ask: ask(ports.ours, name),
    })),
  ]
  return [
    ...about('broker by name', names.dns, ['other.example.org']),
    ...names.addresses.flatMap((address, index) =>
      about('broker by address', address, [index === 0 ? '192.0.2.11' : '2001:db8::11']),
    ),
  ]
}

function aboutClient({ ours, foreign }: Site): readonly Draft[] {
  const ask = (chain: string, revoked?: string): Chain => ({
    verb: 'chain',
    purpose: 'client',
    anchors: ours.root,
    chain,
    shown: chain,
    key: ours.key,
    ...(revoked === undefined ? {} : { revoked }),
  })
  const list = 'revocation list'
  return [
    { kind: 'client', expected: 'accepted', what: 'the client', ask: ask(ours.leaves.client) },
    {
      kind: 'client',
      expected: 'refused',
      what: 'a foreign client',
      ask: ask(foreign.leaves.client),
    },
    {
      ...{ kind: 'client', expected: 'refused', what: 'a client with a broken signature' },
      ask: ask(ours.leaves.tampered),
    },
    {
      kind: 'client',
      expected: 'refused',
      what: 'the broker as a client',
      ask: ask(ours.leaves.broker),
    },
    {
      kind: list,
      expected: 'accepted',
      what: 'the client',
      ask: ask(ours.leaves.client, ours.list),
    },
    {
      kind: list,
      expected: 'refused',
      what: 'a revoked client',
      ask: ask(ours.leaves.lost, ours.list),
    },
    {
      ...{ kind: list, expected: 'refused', what: 'the client by a foreign list alone' },
      ask: ask(ours.leaves.client, foreign.list),
    },
  ]
}
