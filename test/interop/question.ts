import type { KeyAlgorithm } from '../../src/algorithm.js'
import { names, type Site } from './site.js'

/** What of bednet's is tried: a row of the matrix for each, and each key algorithm. */
export const kinds = [
  'root authority',
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

interface Ports {
  readonly ours: number
  readonly foreign: number
}

/** All that each stack is asked about what is of one key algorithm. */
export function questions(site: Site, ports: Ports): readonly Question[] {
  const asked = [...aboutRoot(site), ...aboutBroker(site, ports), ...aboutClient(site)]
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
    shown: side.brokerAndRoot,
    key: side.key,
  })
  return [
    { kind: 'root authority', expected: 'accepted', what: 'the root', ask: ask(ours) },
    { kind: 'root authority', expected: 'refused', what: 'a foreign root', ask: ask(foreign) },
  ]
}

function aboutBroker({ ours }: Site, ports: Ports): readonly Draft[] {
  const ask = (port: number, name: string): Handshake => ({
    verb: 'handshake',
    port,
    anchors: ours.root,
    chain: ours.client,
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
    { kind: 'client', expected: 'accepted', what: 'the client', ask: ask(ours.client) },
    { kind: 'client', expected: 'refused', what: 'a foreign client', ask: ask(foreign.client) },
    {
      ...{ kind: 'client', expected: 'refused', what: 'a client with a broken signature' },
      ask: ask(ours.tampered),
    },
    { kind: 'client', expected: 'refused', what: 'the broker as a client', ask: ask(ours.broker) },
    { kind: list, expected: 'accepted', what: 'the client', ask: ask(ours.client, ours.list) },
    { kind: list, expected: 'refused', what: 'a revoked client', ask: ask(ours.lost, ours.list) },
    {
      ...{ kind: list, expected: 'refused', what: 'the client by a foreign list alone' },
      ask: ask(ours.client, foreign.list),
    },
  ]
}
