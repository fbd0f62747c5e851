import { randomBytes } from 'node:crypto'
import { appendFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'

import { BednetError } from '../error.js'
import type { World } from '../world.js'
import {
  fingerprint,
  type HostKeyVerdict,
  hostKeyType,
  hostKeyTypes,
  judgeHostKey,
  type KnownHost,
  knownHostLine,
  knownHostName,
  parseKnownHosts,
} from './known-hosts.js'
import { readIfThere } from './ssh-config-files.js'
import type { SshSettings } from './ssh-config.js'

/** Whether the machine that answers is the one meant. */
export interface HostKeyCheck {
  /** Key types to ask the host for, best first. */
  readonly keyTypes: readonly string[]
  /** Throws unless `key` is known, or a person says that it is right. */
  verify(key: Buffer): Promise<void>
  /** Writes down a key that a person has accepted; to be called when the host has proven it. */
  remember(): Promise<void>
}

interface HostKeyOptions {
  /** For messages: `ubuntu@mqtt.example.org:22`. */
  readonly address: string
  /** The ssh command that reaches the same host. */
  readonly sshLine: string
  readonly confirm: World['confirm']
}

export async function hostKeyCheck(
  settings: SshSettings,
  options: HostKeyOptions,
): Promise<HostKeyCheck> {
  const known = await readKnownHosts([...settings.userKnownHosts, ...settings.globalKnownHosts])
  const name = settings.hostKeyAlias ?? knownHostName(settings.hostName, settings.port)
  let accepted: Buffer | undefined
  return {
    keyTypes: hostKeyTypes(known, name),
    verify: async key => {
      // A host proves its key again whenever the session keys are renewed.
      if (accepted?.equals(key) === true) return
      const verdict = judge(known, { name, settings, key })
      if (verdict.kind === 'trusted') return
      if (verdict.kind !== 'unknown') throw changed(verdict, key, { name, ...options })
      await askAbout(key, verdict.authorities, { settings, options })
      accepted = key
    },
    remember: async () => {
      const [file] = settings.userKnownHosts
      if (accepted === undefined || file === undefined) return
      const salt = settings.hashKnownHosts ? randomBytes(saltBytes) : undefined
      await append(file, knownHostLine(name, accepted, salt))
    },
  }
}

/** As long as the SHA-1 that ssh hashes names with. */
const saltBytes = 20

async function readKnownHosts(files: readonly string[]): Promise<readonly KnownHost[]> {
  const texts = await Promise.all(files.map(readIfThere))
  return texts.flatMap((text, index) => parseKnownHosts(text, files[index] ?? ''))
}

/** Like ssh: a key that is known for the host without its port is good on any port. */
function judge(
  known: readonly KnownHost[],
  shown: { readonly name: string; readonly settings: SshSettings; readonly key: Buffer },
): HostKeyVerdict {
  const verdict = judgeHostKey(known, shown.name, shown.key)
  if (verdict.kind !== 'unknown' || shown.settings.hostKeyAlias !== undefined) return verdict
  const portless = judgeHostKey(known, shown.settings.hostName.toLowerCase(), shown.key)
  return portless.kind === 'trusted' || portless.kind === 'revoked' ? portless : verdict
}

async function askAbout(
  key: Buffer,
  authorities: readonly KnownHost[],
  { settings, options }: { readonly settings: SshSettings; readonly options: HostKeyOptions },
): Promise<void> {
  const shown = `${hostKeyType(key)} ${fingerprint(key)}`
  if (options.confirm !== undefined && !settings.neverAsk) {
    const question = `${options.address} is not known yet. Its key is ${shown}. Is that the right one?`
    if (await options.confirm(question)) return
  }
  const [authority] = authorities
  const vouched =
    authority === undefined
      ? ''
      : ` (${authority.at} trusts a certificate authority for it, and bednet cannot check host certificates)`
  throw new BednetError(
    'HOST_KEY_UNKNOWN',
    `the host key of ${options.address} is not known: ${shown}${vouched}`,
    { at: options.address, hint: howToAccept(key, settings, options.sshLine) },
  )
}

function howToAccept(key: Buffer, settings: SshSettings, sshLine: string): string {
  const word = shortType(key)
  const check = `if "ssh-keygen -lf /etc/ssh/ssh_host_${word}_key.pub" on the host shows the same`
  const [file = '~/.ssh/known_hosts'] = settings.userKnownHosts
  const scan = `ssh-keyscan -t ${word} -p ${String(settings.port)} ${settings.hostName} >> ${file}`
  // ssh-keyscan knows neither jump hosts nor aliases.
  const direct = settings.jumps.length === 0 && settings.hostKeyAlias === undefined
  return `${check}, accept it with "${direct ? scan : sshLine}"`
}

/** `ed25519`, `ecdsa`, `rsa`: as the names of key files and `ssh-keyscan -t` have it. */
function shortType(key: Buffer): string {
  return /^(?:ssh-)?(ed25519|ecdsa|rsa)/.exec(hostKeyType(key))?.[1] ?? hostKeyType(key)
}

function changed(
  { kind, known }: Extract<HostKeyVerdict, { known: KnownHost }>,
  key: Buffer,
  { name, address }: HostKeyOptions & { readonly name: string },
): BednetError {
  const shown = `${hostKeyType(key)} ${fingerprint(key)}`
  if (kind === 'revoked') {
    return new BednetError(
      'HOST_KEY_CHANGED',
      `the host key of ${address}, ${shown}, is marked as revoked in ${known.at}`,
      { at: address, hint: 'give the host a new key, and do not log in before that' },
    )
  }
  const file = known.at.replace(/:\d+$/, '')
  return new BednetError(
    'HOST_KEY_CHANGED',
    `the host key of ${address} has changed: it shows ${shown}, ` +
      `and ${known.at} has ${known.keyType} ${fingerprint(known.key)}`,
    {
      at: address,
      hint: `somebody may stand in between; if the host was set up anew, "ssh-keygen -R '${name}' -f ${file}" forgets the old key`,
    },
  )
}

/** In one write, so that two runs cannot mix their lines. */
async function append(file: string, line: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  const held = await readIfThere(file)
  const gap = held === '' || held.endsWith('\n') ? '' : '\n'
  await appendFile(file, gap + line, { mode: 0o600 })
}
