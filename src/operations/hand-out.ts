import type { VaultReader } from '../vault/vault.js'
import type { World } from '../world.js'
import { writeArchive } from './credential-archive.js'
import { credentialsOf, type Places } from './credentials.js'
import { writeFolders } from './credential-folders.js'

/** Where credentials go when they leave the vault. */
export type Outlet =
  | { readonly kind: 'folders'; readonly folder: string }
  | { readonly kind: 'archive'; readonly file: string }

interface HandOutInput {
  readonly vault: VaultReader
  readonly world: World
  readonly places: Places
  readonly outlet: Outlet
}

/** Hands out what the vault has for these devices; done again it does the same. */
export async function handOut({ vault, world, places, outlet }: HandOutInput): Promise<void> {
  const total = [...places.values()].reduce((sum, { size }) => sum + size, 0)
  const message = `writing to ${outlet.kind === 'archive' ? outlet.file : outlet.folder}`
  let done = 0
  const credentials = credentialsOf(vault, places, more => {
    done += more
    world.report({ kind: 'credentials-written', message, progress: { done, total } })
  })
  if (outlet.kind === 'archive') await writeArchive(outlet.file, credentials)
  else await writeFolders(outlet.folder, credentials)
}
