import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { BednetError } from '../error.js'
import type { SecretSource } from '../profile/fleet.js'
import { Secret } from '../secret.js'
import type { SecretEntry } from '../vault/layout.js'
import type { Vault, VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'

/** One secret that the profile speaks of. */
export interface SecretWanted {
  readonly source: SecretSource
  /** For questions and errors: `the password of user "mqtt"`. */
  readonly what: string
  /** Where the vault keeps it if it is drawn at random. */
  readonly entry: SecretEntry
  /** Its file may begin with lines that begin with `#`. */
  readonly hasComments?: true
}

/** What it takes to find a secret without disturbing anybody. */
interface SecretPlaces {
  /** Absolute folder of the profile. */
  readonly folder: string
  readonly vault: VaultReader
  readonly environment: World['environment']
}

/** The secret as it is now; undefined where it is not at hand: nobody is asked, nothing is drawn. */
export async function findSecret(
  { source, what, entry, hasComments }: SecretWanted,
  { folder, vault, environment }: SecretPlaces,
): Promise<Secret | undefined> {
  switch (source.from) {
    case 'env': {
      const value = environment[source.name]
      return value === undefined ? undefined : checked(value, what, `$${source.name}`)
    }
    case 'file': {
      const path = resolve(folder, source.path)
      const text = await readFile(path, 'utf8').catch(() => undefined)
      const lines = hasComments === true ? text?.replace(/^(#.*\r?\n)+/, '') : text
      return lines === undefined ? undefined : checked(lines.replace(/\r?\n[^]*$/, ''), what, path)
    }
    case 'vault':
      return await vault.readSecret(entry)
    case 'prompt':
      return undefined
  }
}

/** The secret, for work that cannot be done without it: asked for, or drawn into the vault. */
export async function requireSecret(
  wanted: SecretWanted,
  places: SecretPlaces & { readonly vault: Vault; readonly world: World },
): Promise<Secret> {
  const found = await findSecret(wanted, places)
  if (found !== undefined) return found
  const { vault, world } = places
  if (wanted.source.from === 'prompt') return await askTwice(wanted, world)
  if (wanted.source.from !== 'vault') throw missing(wanted)
  const drawn = drawSecret(world)
  await vault.writeSecret(wanted.entry, drawn)
  return drawn
}

/** 192 bits: nothing to guess, so it needs few rounds of hashing. */
export function drawSecret({ randomBytes }: Pick<World, 'randomBytes'>): Secret {
  return new Secret(Buffer.from(randomBytes(24)).toString('base64url'))
}

/** A person asked once for a secret that exists already. */
export async function askSecret({ what }: SecretWanted, world: World): Promise<Secret> {
  if (world.ask === undefined) {
    throw new BednetError('SECRET_MISSING', `${what} is asked for, and nobody is here to answer`, {
      hint: 'run it in a terminal, or say { env: NAME } or { file: PATH } in the profile',
    })
  }
  return checked((await world.ask(what)).reveal(), what, 'what was typed')
}

/** What is mistyped here is mistyped for ever. */
async function askTwice(wanted: SecretWanted, world: World): Promise<Secret> {
  const first = await askSecret(wanted, world)
  const second = await askSecret({ ...wanted, what: `${wanted.what}, once more` }, world)
  if (first.reveal() === second.reveal()) return first
  throw new BednetError('SECRET_WRONG', `${wanted.what} was typed in two different ways`, {
    hint: 'nothing was changed; run it again',
  })
}

function missing({ source, what }: SecretWanted): BednetError {
  const [place, hint] =
    source.from === 'env'
      ? [`$${source.name} is not set`, `export ${source.name}=… before you run it`]
      : ['its file cannot be read', source.from === 'file' ? `write it to ${source.path}` : '']
  return new BednetError('SECRET_MISSING', `${what} is missing: ${place}`, { hint })
}

/** A line end in it would become a line of its own in somebody's file. */
function checked(value: string, what: string, where: string): Secret {
  if (value !== '' && !/\p{Cc}/u.test(value)) return new Secret(value)
  const fault = value === '' ? 'is empty' : 'has a control character in it'
  throw new BednetError('SECRET_WRONG', `${what} ${fault}`, {
    at: where,
    hint: 'give one line of printable characters',
  })
}
