import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { command, type Command } from '../command.js'
import type { Secret } from '../secret.js'
import { withinLimit } from './limit.js'
import { writePrivateFile } from './scratch.js'
import { runTool, startTool, type RunningTool, type ToolEnd, type ToolOptions } from './tools.js'

/** One client of the Mosquitto package: where it goes and as whom. */
export interface ClientLogin {
  /** As it is checked against the certificate. */
  readonly name: string
  readonly port: number
  readonly clientId: string
  readonly username: string | undefined
  /** Reaches the tool through an options file; every argument is visible to all users. */
  readonly password: Secret | undefined
  /** Undefined: in clear. */
  readonly tls:
    | {
        readonly authorityFile: string
        readonly client: { readonly certificateFile: string; readonly keyFile: string } | undefined
      }
    | undefined
}

export interface ClientMessage {
  readonly from: ClientLogin
  readonly to: ClientLogin
  readonly topic: string
  readonly text: string
  /** Private, for the options files. */
  readonly folder: string
}

/**
 * Undefined where the message came through, else what went wrong, in the tool's own words. What
 * `mosquitto_sub` prints into a pipe is held back, so nothing tells when it has subscribed: the
 * message is sent again until it is heard.
 */
export async function sendByMosquittoClients(
  message: ClientMessage,
  options: ToolOptions,
): Promise<string | undefined> {
  await writeOptions(message)
  const environment = { ...options.environment, XDG_CONFIG_HOME: message.folder }
  const tools = { ...options, environment }
  const subscriber = await startTool(subscribeCommand(message), tools)
  try {
    return await sendUntilHeard(subscriber, message, tools)
  } finally {
    subscriber.stop()
  }
}

/** MQTT 5, because a publication that is denied looks like success in 3.1.1. */
export function publishCommand({ from, topic, text }: ClientMessage): Command {
  const expiry = ['-D', 'publish', 'message-expiry-interval', String(probeExpirySeconds)]
  return command('mosquitto_pub', ...loginWords(from), '-t', topic, '-m', text, ...expiry)
}

export function subscribeCommand({ to, topic }: ClientMessage): Command {
  return command('mosquitto_sub', ...loginWords(to), '-t', topic, '-C', '1')
}

/** Where a real client has a durable subscription to `#`, a probe must not wait in its queue. */
const probeExpirySeconds = 10
/** What a subscription takes on a good day; then between one sending and the next. */
const hearLimitMs = 250
const sendings = 12

async function sendUntilHeard(
  { ended }: RunningTool,
  message: ClientMessage,
  tools: ToolOptions,
): Promise<string | undefined> {
  let end = await withinLimit(ended, hearLimitMs, undefined)
  for (let sending = 0; end === undefined && sending < sendings; sending += 1) {
    const published = await runTool(publishCommand(message), tools)
    if (published.code !== 0 || /failed/i.test(published.stderr)) {
      return `mosquitto_pub failed: ${lastWords(published)}`
    }
    end = await withinLimit(ended, hearLimitMs, undefined)
  }
  if (end?.stdout.split('\n').includes(message.text) === true) return undefined
  return end === undefined || end.code === 0
    ? 'mosquitto_pub sent it and mosquitto_sub did not hear it'
    : `mosquitto_sub failed: ${lastWords(end)}`
}

function loginWords({ name, port, clientId, username, tls }: ClientLogin): readonly string[] {
  return [
    ...['-V', '5', '-q', '1', '-h', name, '-p', String(port), '-i', clientId],
    ...(username === undefined ? [] : ['-u', username]),
    ...(tls === undefined ? [] : ['--cafile', tls.authorityFile]),
    ...(tls?.client === undefined
      ? []
      : ['--cert', tls.client.certificateFile, '--key', tls.client.keyFile]),
  ]
}

/** Each tool reads the file of its own name, so the two may carry different passwords. */
async function writeOptions({ folder, from, to }: ClientMessage): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  for (const [tool, { password }] of Object.entries({ mosquitto_pub: from, mosquitto_sub: to })) {
    const options = password === undefined ? '' : `-P ${password.reveal()}\n`
    await writePrivateFile(join(folder, tool), options)
  }
}

function lastWords({ code, stdout, stderr }: ToolEnd): string {
  const words = stderr.trim() || stdout.trim().split('\n').at(-1) || `code ${String(code)}`
  return words.replaceAll('\n', '; ')
}
