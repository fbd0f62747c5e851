import { expect, test } from 'vitest'
import { read, soundProfile } from './read.js'

test('a hundred thousand devices of one role are fine', () => {
  const profile = soundProfile.replace('esp32-{01..03}', 'e{1..100000}')
  expect(read(profile).devices).toHaveLength(100_000)
})
