import { spawnSync } from 'node:child_process'
import { expect, test } from 'vitest'
import { madeRequests, recordRequest, type MadeRequest } from './requests.js'
import { outcomeOf } from './request-outcome.js'
import { hasTool } from './tool.js'

test.runIf(hasTool(['openssl', 'version'])).each(madeRequests)(
  '$name, made by openssl: $outcome',
  async made => {
    const der = make(made)
    if (process.env['UPDATE_GOLDEN'] === '1') recordRequest(made.name, der)
    expect(await outcomeOf(der)).toBe(made.outcome)
  },
)

function make({ key, subject, more = [], tamper = der => der }: MadeRequest): Buffer {
  const words = [
    'req',
    '-new',
    '-newkey',
    ...key,
    '-nodes',
    '-keyout',
    '/dev/null',
    '-multivalue-rdn',
  ]
  const made = spawnSync('openssl', [...words, '-subj', subject, ...more, '-outform', 'DER'])
  expect(made.status, String(made.stderr)).toBe(0)
  return tamper(made.stdout)
}
