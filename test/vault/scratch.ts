import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { Purpose } from '../../src/vault/lock.js'
import type { Act, Issued } from '../../src/vault/ledger.js'
import type { Event } from '../../src/world.js'

/** A folder for one test, gone after it. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-vault-'))
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** A purpose with a clock that stands still, and all that was reported through it. */
export function recordingPurpose(verb = 'up'): Purpose & { readonly events: readonly Event[] } {
  const events: Event[] = []
  const now = (): Date => new Date('2026-03-01T12:00:00.000Z')
  return { verb, world: { now, report: event => events.push(event) }, events }
}

export const issued = (name: string, serial = 'ab'): Issued => ({
  act: 'issued',
  kind: 'device',
  name,
  serial,
  notBefore: '2026-03-01T00:00:00.000Z',
  notAfter: '2027-03-01T00:00:00.000Z',
  sha256: 'c0ffee',
  because: `no certificate for ü${name}`,
})

export const revoked = (name: string, serial = 'ab'): Act => ({
  act: 'revoked',
  kind: 'device',
  name,
  serial,
  reason: 'keyCompromise',
  because: 'it was stolen',
})

export const listed = (number: number): Act => ({
  act: 'crl',
  number,
  nextUpdate: '2036-03-01T00:00:00.000Z',
  because: 'a certificate was revoked',
})
