import type { Vault } from '../../src/vault/vault.js'

/** A vault whose writes are seen one by one, each before it is done; who sees it may end it all. */
export function watched(vault: Vault, see: (deed: string) => void): Vault {
  return {
    ...vault,
    write: async (entry, text) => {
      see(`write ${entry}`)
      await vault.write(entry, text)
    },
    writeSecret: async (entry, secret) => {
      see(`write ${entry}`)
      await vault.writeSecret(entry, secret)
    },
    remove: async entry => {
      see(`remove ${entry}`)
      await vault.remove(entry)
    },
    writeBatch: async (number, content) => {
      see(`write batch ${String(number)}`)
      await vault.writeBatch(number, content)
    },
    append: async acts => {
      see('append')
      return await vault.append(acts)
    },
  }
}
