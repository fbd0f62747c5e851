import { mkdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endLab, labHost, type LabHost, noLab, releases, tryPort } from './host.js'
import { type Operator, operator, outcomeIn, said, withPerson } from './operator.js'
import { smallProfile, smallSecrets } from './profile.js'

const because = noLab === undefined ? '' : ` (left out: ${noLab})`

/** A template of a person's own that spoils the broker, and what Mosquitto or the proof says of it. */
const spoilt = [
  {
    what: 'a list of rights that cannot be read',
    template: 'acl.hbs',
    change: (text: string) => `${text}\ntopic frobnicate plugs/#\n`,
    says: /Mosquitto does not start with the new configuration.*Invalid/,
  },
  {
    what: 'a list of rights that forbids nothing',
    template: 'acl.hbs',
    change: (text: string) => `${text}\npattern readwrite #\n`,
    says: /did not pass its proof.*may not write to is not refused/,
  },
  {
    what: 'an unknown option',
    template: 'broker.conf.hbs',
    change: (text: string) => `${text}\nfrobnicate true\n`,
    says: /Mosquitto does not start with the new configuration.*Unknown configuration variable .frobnicate/,
  },
  {
    what: 'an option that only the real service finds twice',
    template: 'broker.conf.hbs',
    change: (text: string) => `persistence_location /var/lib/mosquitto/\n${text}`,
    says: /does not serve the new configuration.*Duplicate .*persistence_location/,
  },
  {
    what: 'a listener that does not ask who was revoked',
    template: 'listener.conf.hbs',
    change: (text: string) => text.replace(/^crlfile .*$/m, ''),
    says: /did not pass its proof.*admits a revoked certificate/,
  },
] as const

/** What a host is, as far as bednet could change it. */
const listing = `
find /etc/mosquitto /run/bednet /etc/ufw -printf '%p %M %u:%g %l\n' | sort
find /etc/mosquitto -type f -exec sha256sum {} + | sort
ufw status verbose
systemctl is-active mosquitto; systemctl is-enabled mosquitto
`

describe.skipIf(noLab)(`a change that fails is put back${because}`, () => {
  const tried = releases.filter(release => release === 'bookworm' || release === 'forky')
  describe.each(tried)('on %s', release => {
    const name = `restore-${release}`
    let host: LabHost
    let one: Operator
    let before: string
    beforeAll(async () => {
      host = await labHost({ name, release })
      one = await operator({ host, profile: smallProfile(host), environment: smallSecrets })
      const up = await one.bednet('up', '--json')
      expect(up.exitCode, said(up)).toBe(0)
      await mkdir(join(one.folder, 'own'))
      before = (await host.run(listing)).stdout
    })
    afterAll(async () => {
      await endLab({ name })
      await one.remove()
    })

    const isAsBefore = async () => {
      expect((await host.run(listing)).stdout).toBe(before)
      await one.write('bednet.yaml', smallProfile(host))
      const verify = await one.bednet('verify')
      expect(verify.exitCode, said(verify)).toBe(0)
    }

    test.each(spoilt.map(each => [each.what, each] as const))('%s', async (_, each) => {
      const { template, change, says } = each
      await rm(join(one.folder, 'own'), { recursive: true })
      await mkdir(join(one.folder, 'own'))
      await one.write(`own/${template}`, change(await one.readTemplate(template)))
      await one.write('bednet.yaml', smallProfile(host, 'templates: ./own\n'))
      const up = await one.bednet('up', '--json')
      expect(up.exitCode, said(up)).toBe(1)
      const { error } = outcomeIn(up)
      expect(error?.code, said(up)).toBe('TRANSACTION_FAILED')
      expect(error?.message).toMatch(says)
      await isAsBefore()
    })

    test.each([
      ['allow_anonymous true', /"allow_anonymous true" would change the security/],
      ['listener 8883 127.0.0.1', /"listener 8883 127.0.0.1" takes port 8883/],
    ])('a file of somebody else with "%s" is a conflict', async (line, says) => {
      const file = '/etc/mosquitto/conf.d/other.conf'
      await host.run(`printf '# mine\\n%s\\n' '${line}' >${file}`)
      const withIt = (await host.run(listing)).stdout
      const up = await one.bednet('up', '--json')
      expect(up.exitCode, said(up)).toBe(1)
      const { error } = outcomeIn(up)
      expect(error).toMatchObject({ code: 'CONFLICT' })
      expect(error?.message).toMatch(says)
      expect(error?.at).toContain(`${file}:2`)
      expect((await host.run(listing)).stdout).toBe(withIt)
      await host.run(`rm ${file}`)
      await isAsBefore()
    })

    test('another vault is another authority, and refused', async () => {
      await rename(join(one.folder, '.bednet'), join(one.folder, 'kept'))
      const up = await one.bednet('up', '--json')
      expect(up.exitCode, said(up)).toBe(1)
      expect(outcomeIn(up).error?.message).toMatch(/the host trusts authority [0-9a-f]{16}…/)
      await rm(join(one.folder, '.bednet'), { recursive: true, force: true })
      await rename(join(one.folder, 'kept'), join(one.folder, '.bednet'))
      await isAsBefore()
    })
  })

  test('a first installation that fails leaves the broker that was there at work', async () => {
    const host = await labHost({ name: 'restore-first' })
    const profile = smallProfile(host, 'templates: ./own\n')
    await withPerson({ host, profile, environment: smallSecrets }, async one => {
      await host.run(
        `DEBIAN_FRONTEND=noninteractive apt-get -q install -y mosquitto
        echo 'listener 1999' >/etc/mosquitto/conf.d/mine.conf && systemctl restart mosquitto`,
      )
      const before = (await host.run(listing)).stdout
      const [, , , serviceOnly] = spoilt
      await mkdir(join(one.folder, 'own'))
      const template = await one.readTemplate(serviceOnly.template)
      await one.write(`own/${serviceOnly.template}`, serviceOnly.change(template))
      const up = await one.bednet('up', '--json')
      expect(outcomeIn(up).error?.message).toMatch(serviceOnly.says)
      const after = (await host.run(listing)).stdout.split('\n')
      expect(after.filter(line => !before.includes(line))).toEqual([
        expect.stringMatching(/^\/run\/bednet /),
        expect.stringMatching(/^\/run\/bednet\/lock /),
      ])
      expect(await tryPort(host, 1999)).toBe('open')
    })
  })
})
