import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, test } from 'vitest'

import { readSshConfig } from '../../src/hosts/ssh-config-files.js'
import {
  parseJump,
  type SshAddress,
  type SshSettings,
  sshSettings,
} from '../../src/hosts/ssh-config.js'

const environment = { HOME: '/home/ada', USER: 'ada', SSH_AUTH_SOCK: '/run/agent', KEYS: '/keys' }
const hub: SshAddress = { kind: 'ssh', user: undefined, name: 'hub', port: undefined }

interface Case {
  readonly title: string
  readonly config: string
  readonly address?: Partial<SshAddress>
  readonly settings: Partial<SshSettings>
}

const cases: readonly Case[] = [
  {
    title: 'nothing configured',
    config: '',
    settings: {
      hostName: 'hub',
      port: 22,
      user: 'ada',
      identityFiles: ['id_rsa', 'id_ecdsa', 'id_ed25519'].map(name => `/home/ada/.ssh/${name}`),
      identitiesOnly: false,
      agentSocket: '/run/agent',
      hostKeyAlias: undefined,
      userKnownHosts: ['/home/ada/.ssh/known_hosts', '/home/ada/.ssh/known_hosts2'],
      globalKnownHosts: ['/etc/ssh/ssh_known_hosts'],
      hashKnownHosts: false,
      neverAsk: false,
      jumps: [],
    },
  },
  {
    title: 'HostName, User and Port',
    config: 'Host hub\n  HostName 192.0.2.10\n  User root\n  Port 2222\n',
    settings: { hostName: '192.0.2.10', user: 'root', port: 2222 },
  },
  {
    title: 'keywords in any case, and with =',
    config: 'host=hub\n  hostname=192.0.2.10\n\tPORT = 2222\n',
    settings: { hostName: '192.0.2.10', port: 2222 },
  },
  {
    title: 'what the profile says wins',
    config: 'Host hub\n User root\n Port 2222\n',
    address: { user: 'bob', port: 22 },
    settings: { user: 'bob', port: 22 },
  },
  {
    title: 'the first value wins',
    config: 'Host hub\n Port 1\nHost *\n Port 2\n User x\n',
    settings: { port: 1, user: 'x' },
  },
  { title: 'another host', config: 'Host web\n Port 1\n', settings: { port: 22 } },
  { title: 'a wildcard', config: 'Host h*\n Port 1\n', settings: { port: 1 } },
  { title: 'a negation', config: 'Host * !hub\n Port 1\n', settings: { port: 22 } },
  {
    title: '%h in HostName',
    config: 'Host hub\n HostName %h.x.org\n',
    settings: { hostName: 'hub.x.org' },
  },
  {
    title: 'IdentityFile: ~, tokens, environment, several',
    config:
      'Host hub\n HostName h.x\n IdentityFile ~/k\n IdentityFile %d/%h/%r\nIdentityFile ${KEYS}/%%n\n',
    settings: { identityFiles: ['/home/ada/k', '/home/ada/h.x/ada', '/keys/%n'] },
  },
  {
    title: 'IdentityFile with a space',
    config: 'IdentityFile "~/my keys/id"\n',
    settings: { identityFiles: ['/home/ada/my keys/id'] },
  },
  { title: 'IdentityFile none', config: 'IdentityFile none\n', settings: { identityFiles: [] } },
  { title: 'IdentitiesOnly', config: 'IdentitiesOnly yes\n', settings: { identitiesOnly: true } },
  {
    title: 'IdentityAgent',
    config: 'IdentityAgent ~/a.sock\n',
    settings: { agentSocket: '/home/ada/a.sock' },
  },
  {
    title: 'IdentityAgent by variable',
    config: 'IdentityAgent $KEYS\n',
    settings: { agentSocket: '/keys' },
  },
  {
    title: 'IdentityAgent none',
    config: 'IdentityAgent none\n',
    settings: { agentSocket: undefined },
  },
  {
    title: 'UserKnownHostsFile, several',
    config: 'UserKnownHostsFile ~/.ssh/kh_%h /etc/kh\n',
    settings: { userKnownHosts: ['/home/ada/.ssh/kh_hub', '/etc/kh'] },
  },
  {
    title: 'HostKeyAlias',
    config: 'HostKeyAlias greenhouse\n',
    settings: { hostKeyAlias: 'greenhouse' },
  },
  { title: 'HashKnownHosts', config: 'HashKnownHosts yes\n', settings: { hashKnownHosts: true } },
  {
    title: 'StrictHostKeyChecking yes',
    config: 'StrictHostKeyChecking yes\n',
    settings: { neverAsk: true },
  },
  // Looser than asking is not obeyed: the settings have no word for it.
  {
    title: 'StrictHostKeyChecking no',
    config: 'StrictHostKeyChecking no\n',
    settings: { neverAsk: false },
  },
  {
    title: 'ProxyJump',
    config: 'ProxyJump bob@gate:2200\n',
    settings: { jumps: ['bob@gate:2200'] },
  },
  {
    title: 'ProxyJump, several hops',
    config: 'ProxyJump a, bob@b\n',
    settings: { jumps: ['a', 'bob@b'] },
  },
  {
    title: 'ProxyJump none',
    config: 'Host hub\n ProxyJump none\nHost *\n ProxyJump gate\n',
    settings: { jumps: [] },
  },
  {
    title: 'ProxyJump through itself',
    config: 'Host *\n ProxyJump hub\n',
    settings: { jumps: [] },
  },
  { title: 'ProxyCommand none', config: 'ProxyCommand none\n', settings: { jumps: [] } },
  { title: 'Match host', config: 'Match host hub\n Port 1\n', settings: { port: 1 } },
  {
    title: 'Match exec runs nothing',
    config: 'Match exec "touch /tmp/x"\n Port 1\n',
    settings: { port: 22 },
  },
  { title: 'comments', config: '# Port 1\nPort 2 # why\n', settings: { port: 2 } },
]

describe('ssh configuration', () => {
  test.each(cases)('$title', ({ config, address, settings }) => {
    expect(sshSettings({ ...hub, ...address }, config, environment)).toMatchObject(settings)
  })

  test.each([
    ['ProxyCommand nc %h %p\n', 'HOST_UNSUPPORTED', /^the ssh configuration reaches hub by Proxy/],
    ['IdentityFile "open\n', 'USAGE', /cannot be read/],
    ['ProxyJump a:b:c\n', 'USAGE', /ProxyJump "a:b:c" is not/],
  ])('%j is refused', (config, code, message) => {
    expect(() => sshSettings(hub, config, environment)).toThrow(
      expect.objectContaining({
        code,
        message: expect.stringMatching(message) as unknown,
        hint: expect.any(String) as unknown,
      }),
    )
  })

  test.each([
    ['gate', undefined, 'gate', undefined],
    ['bob@gate', 'bob', 'gate', undefined],
    ['gate:2222', undefined, 'gate', 2222],
    ['ssh://bob@gate:2222', 'bob', 'gate', 2222],
    ['bob@[2001:db8::1]:22', 'bob', '2001:db8::1', 22],
  ])('jump %s', (jump, ...parts) => {
    const { user, name, port } = parseJump(jump)
    expect([user, name, port]).toEqual(parts)
  })
})

describe('Include', () => {
  let home: string
  beforeEach(async () => {
    home = await mkdtemp(join(tmpdir(), 'bednet-config-'))
  })
  afterEach(() => rm(home, { recursive: true }))

  const portOf = async (files: Readonly<Record<string, string>>): Promise<number> => {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(home, '.ssh', name)), { recursive: true })
      await writeFile(join(home, '.ssh', name), text)
    }
    const config = await readSshConfig(home, join(home, '.ssh/config'))
    return sshSettings(hub, config, { ...environment, HOME: home }).port
  }

  test.each<{ title: string; files: Readonly<Record<string, string>>; port: number }>([
    { title: 'a file', files: { config: 'Include a', a: 'Port 1' }, port: 1 },
    { title: 'from ~', files: { config: 'Include ~/.ssh/a', a: 'Port 1' }, port: 1 },
    { title: 'several', files: { config: 'Include a "b c"', a: '', 'b c': 'Port 2' }, port: 2 },
    {
      title: 'a pattern, in order',
      files: {
        config: 'Include d/*.conf',
        'd/2.conf': 'Port 2',
        'd/1.conf': 'Port 1',
        'd/0': 'Port 9',
      },
      port: 1,
    },
    { title: 'of nothing', files: { config: 'Include nowhere d/*\nPort 3' }, port: 3 },
    {
      title: 'ends the sections of its file',
      files: { config: 'Include a\nPort 3', a: 'Host web\n Port 1' },
      port: 3,
    },
    {
      title: 'inside a section',
      files: { config: 'Host web\n Include a\n Port 4\nHost *\n Port 3', a: 'User x' },
      port: 3,
    },
    { title: 'of itself', files: { config: 'Include config\nPort 5' }, port: 5 },
  ])('$title', async ({ files, port }) => {
    expect(await portOf(files)).toBe(port)
  })

  test('a configuration that was named must be there', async () => {
    await expect(readSshConfig(home, join(home, 'none'))).rejects.toMatchObject({
      code: 'USAGE',
      message: `cannot read the ssh configuration ${join(home, 'none')}`,
    })
  })
})
