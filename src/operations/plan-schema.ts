import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The same from `src/operations/` and from the bundle in `dist/cli/`. */
const file = join(import.meta.dirname, '../../profiles/plan.schema.json')

/** The JSON Schema of what `bednet plan --json` prints. */
export async function planJsonSchema(): Promise<object> {
  return JSON.parse(await readFile(file, 'utf8')) as object
}
