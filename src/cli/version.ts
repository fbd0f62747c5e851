import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Read when asked for; the path is the same from `src/cli/` and from `dist/cli/`. */
export function bednetVersion(): string {
  const text = readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')
  const { version } = JSON.parse(text) as { readonly version: string }
  return version
}
