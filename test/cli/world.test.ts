import { expect, test } from 'vitest'
import { makeWorld } from '../../src/cli/world.js'

const reporter = { report: () => undefined, clear: () => undefined }

test.each([
  { where: 'a terminal', isAttended: true, environment: {}, isAsked: true },
  { where: 'no terminal', isAttended: false, environment: {}, isAsked: false },
  { where: 'a terminal of CI', isAttended: true, environment: { CI: 'true' }, isAsked: false },
  { where: 'an empty CI, no CI', isAttended: true, environment: { CI: '' }, isAsked: true },
])('$where: whether anybody is asked', ({ isAttended, environment, isAsked }) => {
  const world = makeWorld(reporter, { environment, isAttended: () => isAttended })
  expect(world.ask !== undefined).toBe(isAsked)
  expect(world.confirm !== undefined).toBe(isAsked)
})

test('the rest is that of this machine', () => {
  const environment = { A: 'b' }
  const world = makeWorld(reporter, { environment, isAttended: () => false })
  expect(Math.abs(world.now().getTime() - Date.now())).toBeLessThan(1000)
  expect(world.environment).toBe(environment)
  expect(world.randomBytes(16)).toHaveLength(16)
  expect(world.randomBytes(16)).not.toEqual(world.randomBytes(16))
})
