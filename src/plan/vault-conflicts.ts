import { sha256, type GenerationSeen } from './generation.js'
import type { Conflict, Desired } from './resource.js'

/** Whoever comes with another vault, or with an old copy of the right one, is refused. */
export function vaultConflicts(desired: Desired, seen: GenerationSeen): readonly Conflict[] {
  const strangers = authorityConflicts(desired, seen)
  return strangers.length > 0 ? strangers : olderCopy(desired, seen)
}

/** Conflicts of a laptop without the vault: it would lock out every device of the real one. */
function authorityConflicts(desired: Desired, seen: GenerationSeen): readonly Conflict[] {
  if (seen.site === undefined || seen.authority === undefined) return []
  if (seen.site !== desired.site) {
    return [
      {
        at: `broker "${desired.broker}"`,
        message: `the host belongs to site "${seen.site}", not to "${desired.site}"`,
        hint: `run "bednet down" with the profile of "${seen.site}" first, or name the site so`,
      },
    ]
  }
  if (seen.authority === desired.authority) return []
  const held =
    desired.authority === undefined
      ? 'this vault has no authority yet'
      : `this vault has ${desired.authority.slice(0, 16)}…`
  return [
    {
      at: `broker "${desired.broker}"`,
      message: `the host trusts authority ${seen.authority.slice(0, 16)}…, and ${held}: every device issued by the other would be locked out`,
      hint: 'run bednet where the vault of that authority is, or copy its .bednet folder here',
    },
  ]
}

/**
 * A list that is older than the host's, or as old and another, would let in again whoever was
 * revoked from where the vault is newer.
 */
function olderCopy(desired: Desired, { record }: GenerationSeen): readonly Conflict[] {
  const [ours, theirs] = [desired.revocationList, record.revocationList]
  if (ours === undefined || theirs === undefined || ours > theirs) return []
  if (ours === theirs && !isOtherList(desired, record)) return []
  return [
    {
      at: `broker "${desired.broker}"`,
      message: `the host has had revocation list ${String(theirs)}, and this vault's is ${
        ours === theirs ? 'another one of that number' : String(ours)
      }: it is an old copy, and whoever was revoked since would get in again`,
      hint: 'bring the newest .bednet folder here, from where the host was last changed',
    },
  ]
}

function isOtherList({ files }: Desired, { files: recorded }: GenerationSeen['record']): boolean {
  const wanted = files.find(({ name }) => name === 'crl.pem')?.content
  const brought = recorded?.get('crl.pem')
  if (wanted?.kind !== 'text' || brought === undefined) return false
  return sha256(wanted.text) !== brought.sha256
}
