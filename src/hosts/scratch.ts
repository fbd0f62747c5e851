import { rmSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A folder that only this user can look into, for as long as `use` runs. */
export async function withScratchFolder<Result>(
  use: (folder: string) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'bednet-'))
  // Keys lie in it, so it goes even where the process ends before `use` does.
  const remove = () => {
    rmSync(folder, { recursive: true, force: true })
  }
  process.once('exit', remove)
  try {
    return await use(folder)
  } finally {
    process.removeListener('exit', remove)
    await rm(folder, { recursive: true, force: true })
  }
}

/** Fails where the name is taken: nothing is written through what somebody else has put there. */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  await writeFile(path, content, { mode: 0o600, flag: 'wx' })
}
