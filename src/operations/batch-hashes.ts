import { isPasswordHash } from '../broker/password.js'
import type { VaultReader } from '../vault/vault.js'

/**
 * The hashes of a batch's passwords by the names of their devices, those that are whole.
 * @throws BednetError VAULT_DAMAGED where their file is gone
 */
export async function wholeHashes(
  vault: Pick<VaultReader, 'readHashes'>,
  batch: number,
): Promise<ReadonlyMap<string, string>> {
  const lines = (await vault.readHashes(batch)).reveal().split('\n')
  return new Map(
    lines.flatMap(line => {
      const [name = '', hash = ''] = line.split(':')
      return isPasswordHash(hash) ? [[name, hash] as const] : []
    }),
  )
}
