import type { Vault } from '../vault/vault.js'
import type { World } from '../world.js'
import { writeArchive } from './credential-archive.js'
import { credentialsOf } from './credentials.js'
import { writeFolders } from './credential-folders.js'

/** Where credentials go when they leave the vault. */
export type Outlet =
  | { readonly kind: 'folders'; readonly folder: string }
  | { readonly kind: 'archive'; readonly file: string }

interface HandOutInput {
  readonly vault: Vault
  readonly world: World
  readonly names: readonly string[]
  readonly outlet: Outlet
}

/** Hands out what the vault has for these devices; done again it does the same. */
export async function handOut({ vault, world, names, outlet }: HandOutInput): Promise<void> {
  const credentials = credentialsOf(vault, names, done => {
    world.report({
      kind: 'credentials-written',
      message: `writing to ${outlet.kind === 'archive' ? outlet.file : outlet.folder}`,
      progress: { done, total: names.length },
    })
  })
  if (outlet.kind === 'archive') await writeArchive(outlet.file, credentials)
  else await writeFolders(outlet.folder, credentials)
}
