import fc from 'fast-check'
import { expect, test } from 'vitest'
import { mistakesOf, soundProfile } from './read.js'

test('the error never holds a planted secret, wherever the file is broken', () => {
  const planted = 'hunter2-planted'
  const lines = soundProfile
    .replace('{ role: reader }', `{ role: reader, password: "${planted}" }`)
    .replace('site: greenhouse', `site: greenhouse\nauthority:\n  passphrase: ${planted}`)
  expect(lines.split(planted)).toHaveLength(3)
  const breakage = fc.constantFrom('"', "'", '[', '}', '\t', ':', ' #', '\n', '&a ', '!x ', '- ')
  fc.assert(
    fc.property(fc.nat(lines.length), breakage, (at, what) => {
      // Inside the planted text it would no longer be whole; nothing to look for then.
      const broken = lines.slice(0, at) + what + lines.slice(at)
      const shown = JSON.stringify(mistakesOf(broken))
      return !broken.includes(planted) || !shown.includes(planted)
    }),
    { numRuns: 400 },
  )
  expect(mistakesOf(soundProfile.replace('esp32', planted + '/'))[0]).toContain(planted)
})
