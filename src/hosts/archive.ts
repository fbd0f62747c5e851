import { pack } from 'tar-stream'
import { Secret } from '../secret.js'

/** Files by their path as one tar stream, each readable by its owner only; it may hold secrets. */
export async function packFiles(
  files: Readonly<Record<string, string | Uint8Array | Secret>>,
): Promise<Uint8Array> {
  const archive = pack()
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.from(content instanceof Secret ? content.reveal() : content)
    archive.entry({ name, mode: fileMode }, bytes)
  }
  archive.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of archive) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

const fileMode = 0o600
