import { chmod, mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import ssh2 from 'ssh2'
import { expect, onTestFinished } from 'vitest'

import type { SshAddress } from '../../src/hosts/ssh-config.js'
import { openSsh, type SshOptions } from '../../src/hosts/ssh.js'
import { runToEnd } from '../contract/shell.js'
import {
  type KeyPair,
  makeKey,
  type ServerOptions,
  startServer,
  type TestServer,
} from './ssh-server.js'

/** A home folder and a host that knows its key: what a login starts from. */
export interface LoginScene {
  readonly home: string
  readonly server: TestServer
  readonly hostKey: KeyPair
  readonly address: SshAddress
  readonly options: SshOptions
  /** Writes a file of ~/.ssh, mode 0600. */
  put(name: string, text: string): Promise<string>
  remove(): Promise<void>
}

type SceneOptions = Partial<ServerOptions> & {
  /** Lines of ~/.ssh/known_hosts; by default the host's own key. */
  readonly knownHosts?: (port: number) => string
}

export async function loginScene(options: SceneOptions = {}): Promise<LoginScene> {
  const home = await mkdtemp(join(tmpdir(), 'bednet-home-'))
  await mkdir(join(home, '.ssh'), { mode: 0o700 })
  const put = async (name: string, text: string): Promise<string> => {
    await writeFile(join(home, '.ssh', name), text, { mode: 0o600 })
    return join(home, '.ssh', name)
  }
  const [user, hostKey] = [makeKey(), makeKey()]
  await put('id_ed25519', user.private)
  await put('config', '')
  const server = await startServer({
    hostKeys: [hostKey.private],
    authorizedKeys: [user.public],
    path: await pathOfRoot(home),
    ...options,
  })
  const known = options.knownHosts ?? (port => knownLine(port, hostKey))
  await put('known_hosts', known(server.port))
  return {
    home,
    server,
    hostKey,
    address: { kind: 'ssh', user: 'ada', name: '127.0.0.1', port: server.port },
    options: {
      world: { environment: { HOME: home, USER: 'ada' }, ask: undefined, confirm: undefined },
      sshConfig: join(home, '.ssh/config'),
    },
    put,
    remove: async () => {
      server.close()
      await rm(home, { recursive: true, force: true })
    },
  }
}

/** Who logs in is root there, whoever runs the test: sudo has tests of its own. */
async function pathOfRoot(home: string): Promise<string> {
  const folder = join(home, 'bin')
  await mkdir(folder)
  await writeFile(join(folder, 'id'), '#!/bin/sh\necho 0\n')
  await chmod(join(folder, 'id'), 0o755)
  return `${folder}:/usr/local/bin:/usr/bin:/bin`
}

export function knownLine(port: number, key: KeyPair): string {
  return `[127.0.0.1]:${String(port)} ${key.public}\n`
}

/** The public key in the form that goes over the wire. */
export function wireKey(key: KeyPair): Buffer {
  const parsed = ssh2.utils.parseKey(key.public)
  if (parsed instanceof Error) throw parsed
  return parsed.getPublicSSH()
}

/** A scene that goes away with the test. */
export async function sceneOf(options: SceneOptions = {}): Promise<LoginScene> {
  const scene = await loginScene(options)
  onTestFinished(() => scene.remove())
  return scene
}

type Person = Partial<SshOptions['world']>

/** Logs in, runs one script, and leaves. */
export async function visit(
  { address, options }: LoginScene,
  person: Person = {},
): Promise<string> {
  const shell = await openSsh(address, { ...options, world: { ...options.world, ...person } })
  try {
    return (await runToEnd(shell, 'echo in')).lines.join()
  } finally {
    await shell.close()
  }
}

/** Answers, and remembers what was asked. */
export function person(answer: boolean): {
  confirm: (question: string) => Promise<boolean>
  asked: string[]
} {
  const asked: string[] = []
  return {
    asked,
    confirm: question => {
      asked.push(question)
      return Promise.resolve(answer)
    },
  }
}

/** For `toMatchObject`: an error of this code, with such a message and hint. */
export const saying = (code: string, message: RegExp, hint: RegExp): object => ({
  code,
  message: expect.stringMatching(message) as unknown,
  hint: expect.stringMatching(hint) as unknown,
})
