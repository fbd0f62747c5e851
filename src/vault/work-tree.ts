import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** The git work tree that a folder lies in; undefined where it lies in none. */
export function inWorkTree(folder: string): string | undefined {
  if (existsSync(join(folder, '.git'))) return folder
  const above = dirname(folder)
  return above === folder ? undefined : inWorkTree(above)
}
