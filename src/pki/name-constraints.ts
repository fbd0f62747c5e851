import { encode, tags } from './der.js'
import { addressBytes, canonicalName } from './name.js'

/**
 * NameConstraints, RFC 5280 4.2.1.10, in DER: the only names that an authority may sign for.
 * @param permitted domains, each with all below it, and CIDR blocks
 */
export function nameConstraints(permitted: readonly string[]): Buffer {
  const subtrees = permitted.map(each => encode(tags.sequence, base(each)))
  return encode(tags.sequence, encode(permittedSubtrees, ...subtrees))
}

const permittedSubtrees = 0xa0

/** GeneralName: dNSName has tag [2], iPAddress [7], which is an address and its mask here. */
function base(permitted: string): Buffer {
  const [name = '', length] = permitted.split('/')
  const address = addressBytes(name)
  if (address === undefined) return encode(0x82, Buffer.from(canonicalName(name), 'latin1'))
  return encode(0x87, address, mask(address.length, Number(length ?? address.length * 8)))
}

function mask(bytes: number, length: number): Buffer {
  return Buffer.from(
    Array.from({ length: bytes }, (_, index) => {
      const ones = Math.min(8, Math.max(0, length - index * 8))
      return (0xff << (8 - ones)) & 0xff
    }),
  )
}
