import { damagedBatch, openBatch } from '../vault/batch-file.js'
import { entryOf } from '../vault/layout.js'
import { tarEntry, tarFiles } from '../vault/tar.js'
import type { VaultReader } from '../vault/vault.js'
import { allDeviceFiles, entryOfFile } from './device-files.js'

/** Credentials of some devices: a tar without its end. */
export interface Portion {
  readonly tar: () => Buffer
  /** The same gzipped, where the vault has it so already. */
  readonly gzipped?: Uint8Array
}

/**
 * Names of devices by the batch in which their credentials lie; undefined: in folders of their own. Of
 * a batch that is wanted whole, how many it has: names would be held by the hundred thousand.
 */
export type Places = Map<number | undefined, Set<string> | Whole>

interface Whole {
  readonly size: number
}

export function addTo(
  places: Places,
  { name, batch }: { readonly name: string; readonly batch?: number },
): void {
  const names = places.get(batch)
  if (names instanceof Set) names.add(name)
  else if (names === undefined) places.set(batch, new Set([name]))
}

/** One more of a batch that is wanted whole, as one is that was made just now. */
export function addToWhole(places: Places, batch: number | undefined): void {
  places.set(batch, { size: (places.get(batch)?.size ?? 0) + 1 })
}

/**
 * What the vault has for these devices, batch by batch.
 * @param report how many more were read
 */
export async function* credentialsOf(
  vault: VaultReader,
  places: Places,
  report: (more: number) => void,
): AsyncGenerator<Portion> {
  for (const [batch, wanted] of places) {
    if (batch !== undefined)
      yield portionOf({ gzipped: await vault.readBatch(batch), number: batch, wanted })
    else if (wanted instanceof Set) {
      for (const name of wanted) {
        const tar = await singleTar(vault, name)
        yield { tar: () => tar }
      }
    }
    report(wanted.size)
  }
}

interface Batch {
  readonly gzipped: Uint8Array
  readonly number: number
  readonly wanted: ReadonlySet<string> | Whole
}

function portionOf({ gzipped, number, wanted }: Batch): Portion {
  if (!('has' in wanted)) return { tar: () => openBatch(gzipped, number), gzipped }
  const whole = openBatch(gzipped, number)
  const names = new Set([...tarFiles(whole)].map(({ name }) => deviceIn(name)))
  const missing = [...wanted].find(name => !names.has(name))
  if (missing !== undefined) throw damagedBatch(number, `lacks "${missing}"`)
  if (names.size === wanted.size) return { tar: () => whole, gzipped }
  const chosen = [...tarFiles(whole)].filter(({ name }) => wanted.has(deviceIn(name)))
  return { tar: () => Buffer.concat(chosen.map(({ name, content }) => tarEntry(name, content))) }
}

function deviceIn(path: string): string {
  return path.slice(0, path.indexOf('/'))
}

/** Where the key was handed over and is in the vault no more, the rest is still there. */
async function singleTar(vault: VaultReader, name: string): Promise<Buffer> {
  const entries = [
    ['ca.crt', await vault.read(entryOf.device(name, 'ca.crt'))],
    ['client.crt', await vault.read(entryOf.device(name, 'client.crt'))],
    ['client.key', (await vault.readSecret(entryOf.device(name, 'client.key')))?.reveal()],
  ] as const
  const more = await Promise.all(
    allDeviceFiles.map(async file => {
      const content = (await vault.readSecret(entryOfFile(name, file)))?.reveal()
      return [file, content === undefined ? undefined : Buffer.from(content, 'latin1')] as const
    }),
  )
  return Buffer.concat(
    [...entries, ...more].map(([file, content]) =>
      content === undefined ? Buffer.alloc(0) : tarEntry(`${name}/${file}`, content),
    ),
  )
}
