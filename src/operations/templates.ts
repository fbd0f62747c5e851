import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { templateNames, type Templates } from '../broker/render.js'
import { BednetError } from '../error.js'

/** The same from `src/operations/` and from the bundle in `dist/cli/`. */
const packaged = join(import.meta.dirname, '../../templates/')

/** Bednet's templates, each replaced by the person's own where that folder has one. */
export async function readTemplates(own: string | undefined): Promise<Templates> {
  const texts = await Promise.all(
    templateNames.map(async name => [name, await readTemplate(name, own)] as const),
  )
  return Object.fromEntries(texts) as unknown as Templates
}

/** What changes a host, by file name: scripts and units; these are not a person's to replace. */
export async function readHostFiles(): Promise<Readonly<Record<string, string>>> {
  const folder = join(packaged, 'host')
  const files = (await readdir(folder)).map(
    async name => [name, await readFile(join(folder, name), 'utf8')] as const,
  )
  return Object.fromEntries(await Promise.all(files))
}

async function readTemplate(name: string, own: string | undefined): Promise<string> {
  const file = `${name}.hbs`
  if (own === undefined) return await readFile(join(packaged, file), 'utf8')
  try {
    return await readFile(join(own, file), 'utf8')
  } catch (cause) {
    const isAbsent = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    if (isAbsent) return await readTemplate(name, undefined)
    throw new BednetError('TEMPLATE_INVALID', `cannot read the template ${join(own, file)}`, {
      at: join(own, file),
      hint: 'check "templates" in the profile, and that you may read the file',
      cause,
    })
  }
}
