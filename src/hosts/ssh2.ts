// The only door to ssh2. It is CommonJS, and Node finds no more than a few of its names by itself.
import ssh2 from 'ssh2'

export type { ClientChannel, ConnectConfig, ParsedKey } from 'ssh2'

export const { BaseAgent, Client, OpenSSHAgent } = ssh2
export const { parseKey } = ssh2.utils
