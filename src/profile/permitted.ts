import { isInBlock, readAddress, readBlock, readHostName } from './address.js'
import { isRefusal, show, type Refusal } from './refusal.js'

/** Reads what an authority may sign for: a domain with all below it, or a CIDR block. */
export function readPermitted(text: string): string | Refusal {
  const name = readHostName(text)
  if (!isRefusal(name) && !isAddress(name)) return name
  const block = readBlock(text)
  if (!isRefusal(block)) return block
  return {
    message: `${show(text)} is neither a domain nor a CIDR block`,
    hint: 'write example.org, which stands for all below it as well, or 192.0.2.0/24',
  }
}

/**
 * Whether name constraints let a name pass, RFC 5280 4.2.1.10: of a kind that nothing is said of, all.
 * @param permitted as `readPermitted` gives them
 */
export function isPermitted(name: string, permitted: readonly string[]): boolean {
  const ofKind = permitted.filter(each => each.includes('/') === isAddress(name))
  if (ofKind.length === 0) return true
  return ofKind.some(each =>
    isAddress(name) ? isInBlock(name, each) : name === each || name.endsWith(`.${each}`),
  )
}

function isAddress(name: string): boolean {
  return !isRefusal(readAddress(name))
}
