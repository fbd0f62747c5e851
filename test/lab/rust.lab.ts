import { describe, expect, test } from 'vitest'
import { labHost, labSudoPassword, noLab } from './host.js'
import { outcomeIn, said, unproven, withPerson } from './operator.js'
import { cannotBeTried, smallProfile, smallSecrets } from './profile.js'
import { failToServe, staysAsItIs } from './put-back.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** The oldest of each and the newest that a release has; Ubuntu has both in place of the usual. */
const hosts = [
  { name: 'rust-sudo', release: 'trixie', sudoRs: true },
  { name: 'rust-password', release: 'trixie', sudoRs: true, rustCoreutils: true, sudo: 'password' },
  { name: 'rust-tools', release: 'bookworm', rustCoreutils: true },
  { name: 'rust-both', release: 'forky', sudoRs: true, rustCoreutils: true, sudo: 'password' },
] as const satisfies readonly Parameters<typeof labHost>[0][]

describe.skipIf(noLab)(`sudo and coreutils in Rust${because}`, () => {
  test.concurrent.each(hosts)('$name: $release', async options => {
    const host = await labHost(options)
    const environment = { ...smallSecrets, BEDNET_SUDO_PASSWORD: labSudoPassword }
    await withPerson({ host, profile: smallProfile(host), environment }, async person => {
      const up = await person.bednet('up', '--json')
      expect(up.exitCode, said(up)).toBe(0)
      expect(unproven(outcomeIn(up))).toEqual(cannotBeTried)
      await staysAsItIs(person)
      await failToServe(host, person)
      const down = await person.bednet('down', '--yes')
      expect(down.exitCode, said(down)).toBe(0)
    })
  })
})
