import type { Question } from './question.js'

/** What a stack cannot do by nature. It is asked all the same, and must answer the opposite. */
export interface Limit {
  readonly stack: string
  readonly isAbout: (question: Question) => boolean
  readonly reason: string
}

const isEd25519 = ({ algorithm, expected }: Question) =>
  algorithm === 'ed25519' && expected === 'accepted'
const isAddress = ({ kind, expected }: Question) =>
  kind === 'broker by address' && expected === 'accepted'

/** None is about anything foreign: nothing excuses whoever lets that in. */
export const limits: readonly Limit[] = [
  { stack: 'mbedTLS', isAbout: isEd25519, reason: 'Mbed TLS 2.28 has no Ed25519' },
  { stack: 'BearSSL', isAbout: isEd25519, reason: 'BearSSL has no Ed25519' },
  { stack: 'NSS', isAbout: isEd25519, reason: 'NSS 3.87 has Ed25519 for nothing but its library' },
  {
    stack: 'mbedTLS',
    isAbout: isAddress,
    reason: 'Mbed TLS 2.28 compares no address: a client there must be given a DNS name',
  },
  {
    stack: 'BearSSL',
    isAbout: isAddress,
    reason: 'BearSSL compares no address: a client there must be given a DNS name',
  },
  {
    stack: 'BearSSL',
    isAbout: ({ kind, expected }) => kind === 'revocation list' && expected === 'accepted',
    reason: 'BearSSL reads no revocation list',
  },
  {
    stack: 'BearSSL',
    isAbout: ({ what, algorithm }) => what === 'the broker as a client' && algorithm !== 'ed25519',
    reason: 'BearSSL looks at no purpose (extended key usage)',
  },
  ...['mbedTLS', 'BearSSL'].map(stack => ({
    stack,
    isAbout: ({ what, algorithm }: Question) =>
      what === 'a name that is not permitted' && algorithm !== 'ed25519',
    reason: `${stack} looks at no permitted names`,
  })),
  {
    stack: 'wolfSSL',
    isAbout: ({ what }) => what === 'a permitted name with permitted addresses',
    reason:
      'wolfSSL 5.5 holds addresses against permitted domains: a broker there has DNS names alone',
  },
]
