import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { Project } from '../../src/operations/load.js'
import { atSandboxPorts, rehearsed } from '../../src/operations/sandbox.js'
import { targetsOf } from '../../src/operations/target.js'
import { plantedPassword, profile, projectOf } from './greenhouse.js'

const rehearsal = (project: Project, environment = {}) =>
  rehearsed(project, { sandbox: true, environment })

describe('a rehearsal', () => {
  test('has a vault of its own, and no secret that a person would have to bring', () => {
    const text = profile
      .replace('generated }', 'prompt }')
      .replace('role: sensor }\n', 'role: sensor, passphrase: { file: passphrase } }\n')
    const { vault, fleet } = rehearsal(projectOf(text))
    expect(vault).toBe('/greenhouse/.bednet/greenhouse.sandbox')
    expect(fleet.authorities.map(({ custody }) => custody)).toEqual([
      { kind: 'passphrase', source: { from: 'vault' } },
    ])
    expect(fleet.users.map(({ password }) => password)).toEqual([{ from: 'vault' }])
    expect(fleet.devices.map(({ passphrase }) => passphrase)).toEqual([
      { from: 'vault' },
      { from: 'vault' },
    ])
  })

  test('a password that is at hand is used, and a key stays in clear where it was', () => {
    const { fleet } = rehearsal(projectOf(), { DASHBOARD_PASSWORD: plantedPassword })
    expect(fleet.users[0]?.password).toEqual({ from: 'env', name: 'DASHBOARD_PASSWORD' })
    expect(fleet.devices[0]?.passphrase).toBeUndefined()
  })

  test('its certificate is good for this machine as well, and there is no firewall', () => {
    const text = profile.replace('[192.0.2.10]', '[192.0.2.10, localhost]')
    const { fleet } = rehearsal(projectOf(`${text}firewall: { enable: true }\n`))
    expect(fleet.brokers).toMatchObject([{ host: { kind: 'sandbox' } }])
    expect(fleet.brokers[0]?.names).toEqual([
      'mqtt.example.org',
      '192.0.2.10',
      'localhost',
      '127.0.0.1',
      '::1',
    ])
    expect(fleet.enableFirewall).toBe(false)
  })

  const sandbox = profile.replace('host: ubuntu@mqtt.example.org', 'host: sandbox')
  const asItIs = { sandbox: false, environment: {} }

  test('is what a profile of sandboxes alone asks for', () => {
    expect(rehearsed(projectOf(sandbox), asItIs).vault).toMatch(/\.sandbox$/)
  })

  test('is not what a profile of real hosts asks for', () => {
    const project = projectOf()
    expect(rehearsed(project, asItIs)).toBe(project)
  })

  test('beside real hosts is refused, for they would share a vault', () => {
    const text = sandbox.replace(
      'brokers:\n',
      'brokers:\n  attic: { host: me@attic.example.org }\n',
    )
    expect(() => rehearsed(projectOf(text), asItIs)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: 'broker "hub" is a sandbox among real hosts',
        hint: 'say --sandbox to rehearse all of them, or give it a real host',
      }) as Error,
    )
    const { fleet } = rehearsal(projectOf(text))
    expect(fleet.brokers.map(({ host }) => host.kind)).toEqual(['sandbox', 'sandbox'])
  })

  test('listens on loopback alone, at the ports it was given', () => {
    const { listeners } = atSandboxPorts(projectOf().fleet, new Map([[8883, 40001]]))
    expect(listeners).toMatchObject([
      { port: 1883, bind: 'loopback', sources: 'nowhere', admit: 'password' },
      { port: 40001, bind: 'loopback', sources: 'nowhere', admit: 'certificate' },
    ])
  })
})

describe('the brokers to work on', () => {
  const text = profile.replace('brokers:\n', 'brokers:\n  attic: { host: me@attic.example.org }\n')
  const namesOf = async (names: readonly string[]) =>
    (await targetsOf(projectOf(text), names, 'find')).map(({ broker }) => broker.name)

  test.each([
    ['all', [], ['attic', 'hub']],
    ['the one that is named', ['hub'], ['hub']],
    ['in the order of the profile', ['hub', 'attic'], ['attic', 'hub']],
  ])('%s', async (_which, names, expected) => {
    expect(await namesOf(names)).toEqual(expected)
  })

  test('one that nobody knows is refused, and those that are known are told', async () => {
    await expect(namesOf(['hub', 'cellar'])).rejects.toMatchObject({
      code: 'USAGE',
      message: 'the profile has no broker "cellar"',
      hint: '--host takes the name of a broker: attic, hub',
    })
  })

  test('of a real host nothing is prepared here', async () => {
    const [target] = await targetsOf(projectOf(text), ['hub'], 'prepare')
    expect(target).toMatchObject({
      root: '',
      fleet: { listeners: [{ port: 1883 }, { port: 8883 }] },
    })
  })

  test('of sandboxes each has a tree and ports of its own; looking makes none', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bednet-targets-'))
    onTestFinished(() => {
      rmSync(folder, { recursive: true })
    })
    const project = rehearsal(projectOf(text, folder))
    await targetsOf(project, [], 'find')
    expect(readdirSync(folder)).toEqual([])
    const targets = await targetsOf(project, [], 'prepare')
    expect(targets.map(({ root }) => root)).toEqual(
      ['attic', 'hub'].map(name => join(project.vault, 'hosts', name)),
    )
    const ports = targets.flatMap(({ fleet }) => fleet.listeners.map(({ port }) => port))
    expect(new Set(ports).size).toBe(4)
    const found = await targetsOf(project, [], 'find')
    expect(found).toEqual(targets)
  })
})
