import { expect, test } from 'vitest'
import { describeChange, describePlan } from '../../src/plan/describe.js'
import { makePlan, type Observed } from '../../src/plan/plan.js'
import type { Change, Desired } from '../../src/plan/resource.js'
import { bare, converged, wanted } from './seen.js'

test.each<readonly [Change, string]>([
  [
    { resource: 'file acl', action: 'create', because: 'not on the host' },
    '+ file acl: not on the host',
  ],
  [
    { resource: 'file acl', action: 'update', because: 'mode is 644, not 600' },
    '~ file acl: mode is 644, not 600',
  ],
  [
    { resource: 'file acl', action: 'delete', because: 'not in the profile' },
    '- file acl: not in the profile',
  ],
])('%j', (change, line) => {
  expect(describeChange(change)).toBe(line)
})

const stranger = { file: '/etc/mosquitto/conf.d/theirs.conf', line: 3 }
const theirs = { ...stranger, option: 'allow_anonymous', value: 'true' }
const unfinished = { ...converged.generation, loaded: 3, files: new Map() }
const inactive = { ...converged.firewall, active: false }
const listening = [{ address: '0.0.0.0', port: 8080, program: 'node' }]

test.each<readonly [string, Desired, Observed]>([
  ['converged', wanted, converged],
  ['bare', wanted, bare],
  [
    'conflicts',
    { ...wanted, site: 'shed' },
    { ...converged, foreign: [...converged.foreign, theirs] },
  ],
  [
    'changes-and-conflicts',
    { ...wanted, packages: [] },
    {
      ...converged,
      generation: unfinished,
      firewall: inactive,
      machine: { ...converged.machine, listening },
      foreign: [...converged.foreign, theirs],
    },
  ],
])('a plan for a person: %s', async (name, desired, observed) => {
  const text = describePlan(makePlan(desired, observed))
    .map(line => `${line}\n`)
    .join('')
  await expect(text).toMatchFileSnapshot(`../golden/plan/described-${name}.txt`)
})
