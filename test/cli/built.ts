import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** The package as it is installed, with a fresh build of its own: `dist/` here stays what it was. */
export function buildPackage(): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'bednet-package-'))
  for (const name of ['package.json', 'profiles', 'templates', 'node_modules'])
    symlinkSync(join(root, name), join(folder, name))
  execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), join(folder, 'dist')])
  return {
    folder,
    remove: () => {
      rmSync(folder, { recursive: true })
    },
  }
}
