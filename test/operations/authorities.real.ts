import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { splitPem } from '../../src/pki/pem.js'
import { entryOf } from '../../src/vault/layout.js'
import { readVault } from '../../src/vault/vault.js'
import {
  expectProven,
  handshake,
  publish,
  quickstart,
  rehearse,
  type Rehearsal,
} from './rehearsal.js'

/** Brokers and devices each under a root of their own, the brokers' with an authority in between. */
const profile = quickstart.replace(
  '  passphrase: generated\n',
  '  passphrase: generated\n  issuing: { key: p384 }\n  devices: { key: rsa2048 }\n',
)

let scene: Rehearsal
beforeAll(async () => {
  scene = await rehearse(profile)
})
afterAll(() => scene.end())

describe('an issuing authority, and one for devices', () => {
  test('all is proven of a real broker, and the second run changes nothing', async () => {
    expectProven(await scene.up())
    const again = await scene.up()
    expect(again.events.filter(({ kind }) => kind === 'certificates-issued')).toEqual([])
    expectProven(again)
  })

  test('the broker shows the authority in between, and openssl believes the whole', async () => {
    const { vault: folder } = await scene.project()
    const vault = readVault(folder)
    const chain = splitPem(
      'CERTIFICATE',
      (await vault.read(entryOf.broker('hub', 'broker.crt'))) ?? '',
    )
    expect(chain).toHaveLength(2)
    const [leaf = '', between = ''] = chain
    const file = (name: string, content = '') => {
      const path = join(scene.folder, name)
      writeFileSync(path, content)
      return path
    }
    const root = join(folder, 'authority/ca.crt')
    const ofDevices = join(folder, 'authority/devices.crt')
    const verify = (...words: readonly string[]) =>
      execFileSync('openssl', ['verify', '-x509_strict', ...words], { encoding: 'utf8' })
    const untrusted = ['-untrusted', file('between.crt', between)]
    expect(
      verify('-CAfile', root, ...untrusted, '-purpose', 'sslserver', file('leaf.crt', leaf)),
    ).toMatch(/OK/)
    const device = join(folder, 'devices/sensor-1/client.crt')
    expect(verify('-CAfile', ofDevices, '-purpose', 'sslclient', device)).toMatch(/OK/)
    expect(() => verify('-CAfile', root, ...untrusted, device)).toThrow('error')
    expect(await publish(scene, 'sensor-1')).toBeUndefined()
    expect(await handshake(scene, 'sensor-1')).toMatch(/^ 1 s:/m)
  })
})
