import { BednetError } from '../error.js'

/** The system's own name of a failure, `ENOENT` for one; undefined for errors of other kinds. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/** A file that is not there is no failure for a reader: a vault may not exist yet. */
export function isMissing(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** The error for a file of the vault that could not be written. */
export function unwritable(path: string, cause: unknown): BednetError {
  return isPermission(cause)
    ? forbidden(path, { did: 'write', cause })
    : new BednetError('VAULT_UNWRITABLE', `cannot write ${path}: ${reason(cause)}`, {
        at: path,
        hint: 'nothing was lost: make room or mount the folder writable, then run again',
        cause,
      })
}

/** The error for a file of the vault that is there but could not be read. */
export function unreadable(path: string, cause: unknown): BednetError {
  return isPermission(cause)
    ? forbidden(path, { did: 'read', cause })
    : new BednetError('VAULT_DAMAGED', `cannot read ${path}: ${reason(cause)}`, {
        at: path,
        hint: 'check the disk, or restore the vault from a backup',
        cause,
      })
}

function forbidden(path: string, { did, cause }: { did: string; cause: unknown }): BednetError {
  return new BednetError('PERMISSION_DENIED', `may not ${did} ${path}`, {
    at: path,
    hint: `run as the owner of the vault; "ls -ld ${path}" shows who that is`,
    cause,
  })
}

function isPermission(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'EACCES' || code === 'EPERM'
}

function reason(error: unknown): string {
  return systemCode(error) ?? String(error)
}
