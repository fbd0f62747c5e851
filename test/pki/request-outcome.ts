import { BednetError, readSigningRequest } from '../../src/pki/index.js'

/** What comes of a request, in the words of the table. */
export async function outcomeOf(content: string | Uint8Array): Promise<string> {
  try {
    const { commonName, algorithm, besides } = await readSigningRequest(content)
    const left = besides.length === 0 ? [] : ['without', ...besides]
    return [commonName, algorithm, ...left].join(' ')
  } catch (error) {
    if (error instanceof BednetError) return error.message
    throw error
  }
}
