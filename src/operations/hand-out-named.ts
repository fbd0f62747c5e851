import { indexLedger } from '../vault/ledger.js'
import type { VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import { addTo, type Places } from './credentials.js'
import { handOut, type Outlet } from './hand-out.js'

interface NamedInput {
  readonly vault: VaultReader
  readonly world: World
  readonly names: readonly string[]
  readonly outlet: Outlet
}

/** Hands out what the vault has for these devices, wherever in it that lies. */
export async function handOutNamed({ names, ...input }: NamedInput): Promise<void> {
  const { held } = indexLedger((await input.vault.ledger()).entries)
  const places: Places = new Map()
  for (const name of names) {
    const entry = held('device', name)
    if (entry !== undefined) addTo(places, entry)
  }
  await handOut({ ...input, places })
}
