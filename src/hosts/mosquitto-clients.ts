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

/** Undefined where the message came through, else what went wrong, in the tool's own words. */
export async function sendByMosquittoClients(
  message: ClientMessage,
  options: ToolOptions,
): Promise<string | undefined> {
  await writeOptions(message)
  const environment = { ...options.environment, XDG_CONFIG_HOME: message.folder }
  const tools = { ...options, environment }
  const subscriber = await startTool(subscribeCommand(message), tools)
  try {
    return await publishTo(subscriber, message, tools)
  } finally {
    subscriber.stop()
    await subscriber.ended
  }
}

/** MQTT 5, because a publication that is denied looks like success in 3.1.1. */
export function publishCommand({ from, topic, text }: ClientMessage): Command {
  return command('mosquitto_pub', ...loginWords(from), '-t', topic, '-m', text)
}

/** `-d` for its SUBACK line: before it, a message would pass by. */
export function subscribeCommand({ to, topic }: ClientMessage): Command {
  return command('mosquitto_sub', ...loginWords(to), '-t', topic, '-C', '1', '-d')
}

async function publishTo(
  subscriber: RunningTool,
  message: ClientMessage,
  tools: ToolOptions,
): Promise<string | undefined> {
  if (!(await withinLimit(subscriber.says(/^Subscribed /m), tools.limitMs, false))) {
    subscriber.stop()
    return `mosquitto_sub could not subscribe: ${lastWords(await subscriber.ended)}`
  }
  const heard = subscriber.ended
  const published = await runTool(publishCommand(message), tools)
  if (published.code !== 0 || /failed/i.test(published.stderr)) {
    return `mosquitto_pub failed: ${lastWords(published)}`
  }
  const { stdout } = await heard
  return stdout.split('\n').includes(message.text)
    ? undefined
    : 'mosquitto_pub sent it and mosquitto_sub did not hear it'
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
