import type { Device } from '../profile/fleet.js'
import { entryOf } from '../vault/layout.js'
import { indexLedger, type Issued, type LedgerEntry } from '../vault/ledger.js'
import type { VaultReader } from '../vault/vault.js'
import { deviceFiles, entryOfFile, type DeviceFile } from './device-files.js'
import type { Due, Standing } from './due.js'
import { isBatched } from './inventory.js'

/**
 * Devices that lack a file of their formats, where it can be made of the key that is there. Those that get
 * a new certificate get all files with it; of one whose key was handed over, none can be made.
 */
export async function filesDue(
  { project, vault, entries }: Pick<Standing, 'project' | 'vault' | 'entries'>,
  certificates: readonly Due[],
): Promise<readonly Due[]> {
  const issued = new Set(
    certificates.filter(({ kind }) => kind === 'device').map(({ name }) => name),
  )
  const { held } = indexLedger(entries)
  const due: Due[] = []
  for (const device of project.fleet.devices) {
    if (issued.has(device.name)) continue
    const missing = await missingFiles(device, vault)
    if (missing.length === 0 || !(await hasKey(device.name, held('device', device.name), vault)))
      continue
    due.push({ kind: 'files', name: device.name, because: `lacks ${missing.join(', ')}` })
  }
  return due
}

/** Files of its formats that its folder has not. */
export async function missingFiles(
  device: Device,
  vault: VaultReader,
): Promise<readonly DeviceFile[]> {
  const wanted = deviceFiles(device)
  const present = await presentFiles(vault, device.name, wanted)
  return wanted.filter(file => !present.includes(file))
}

/** Which of these files a device's folder has. */
export async function presentFiles(
  vault: VaultReader,
  name: string,
  files: readonly DeviceFile[],
): Promise<readonly DeviceFile[]> {
  const present: DeviceFile[] = []
  for (const file of files)
    if ((await vault.readSecret(entryOfFile(name, file))) !== undefined) present.push(file)
  return present
}

async function hasKey(
  name: string,
  entry: LedgerEntry<Issued> | undefined,
  vault: VaultReader,
): Promise<boolean> {
  if (isBatched(entry)) return true
  return (await vault.readSecret(entryOf.device(name, 'client.key'))) !== undefined
}
