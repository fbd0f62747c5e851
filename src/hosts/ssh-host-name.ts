import type { World } from '../world.js'
import { readSshConfig } from './ssh-config-files.js'
import { homeFolder, sshSettings, type SshAddress } from './ssh-config.js'

/** The name or address that ssh connects to for this host, as its configuration has it. */
export async function sshHostName(
  address: SshAddress,
  { environment }: Pick<World, 'environment'>,
): Promise<string> {
  const config = await readSshConfig(homeFolder(environment))
  return sshSettings(address, config, environment).hostName
}
