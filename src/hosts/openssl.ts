import { isIP, isIPv6 } from 'node:net'
import { command, type Command } from '../command.js'
import { runTool, type ToolEnd, type ToolOptions } from './tools.js'

/** One TLS handshake to try. */
export interface TlsQuestion {
  readonly address: string
  readonly port: number
  /** Sent as SNI, unless it is an IP address, which SNI cannot carry. */
  readonly serverName: string
  /** PEM file of the only authority that is believed. */
  readonly authorityFile: string
  /** DNS name or IP address that the certificate must be good for. */
  readonly verifyName?: string
  readonly version?: '1.1' | '1.2' | '1.3'
  /** Lets an authority pass that strict clients refuse. */
  readonly isLenient?: boolean
  readonly client?: { readonly certificateFile: string; readonly keyFile: string }
}

/** What `openssl s_client` saw. */
export interface TlsAnswer {
  /** `TLSv1.3`; undefined where no version was agreed. */
  readonly protocol: string | undefined
  /** Undefined where the other side showed none: then nothing was verified either. */
  readonly certificatePem: string | undefined
  /** Why the certificate is not to be believed; undefined where it is. */
  readonly distrust: string | undefined
  /** The TLS alert by which the other side ended it. */
  readonly alert: number | undefined
  /** True where the handshake was ended well; with TLS 1.2, so was the client let in. */
  readonly completed: boolean
  /** OpenSSL's own words for what went wrong; empty where nothing did. */
  readonly problem: string
  /** False where this machine's openssl cannot ask for this version. */
  readonly asked: boolean
}

/** @throws BednetError TOOL_MISSING where there is no openssl on this machine */
export async function tryTls(question: TlsQuestion, options: ToolOptions): Promise<TlsAnswer> {
  return parseTlsAnswer(await runTool(tlsCommand(question), options))
}

export function tlsCommand(question: TlsQuestion): Command {
  const { address, port, serverName, verifyName, version, client } = question
  const host = isIPv6(address) ? `[${address}]` : address
  const verify = verifyName === undefined || isIP(verifyName) === 0 ? 'hostname' : 'ip'
  return command(
    'openssl',
    's_client',
    ...['-connect', `${host}:${String(port)}`, '-CAfile', question.authorityFile],
    // What Python 3.13 and others ask of an authority, and OpenSSL alone lets pass.
    ...(question.isLenient === true ? [] : ['-x509_strict']),
    ...(isIP(serverName) === 0 ? ['-servername', serverName] : ['-noservername']),
    ...(verifyName === undefined ? [] : [`-verify_${verify}`, verifyName]),
    ...(version === undefined ? [] : [`-tls${version.replace('.', '_')}`]),
    // OpenSSL 3 does not even offer 1.1 at its usual level, and would prove nothing.
    ...(version === '1.1' ? ['-cipher', 'DEFAULT:@SECLEVEL=0'] : []),
    ...(client === undefined ? [] : ['-cert', client.certificateFile, '-key', client.keyFile]),
  )
}

export function parseTlsAnswer({ code, stdout, stderr }: ToolEnd): TlsAnswer {
  const certificatePem = pemPattern.exec(stdout)?.[0]
  const protocol = agreedProtocol(stdout)
  const alert = /SSL alert number (\d+)/.exec(stderr)?.[1]
  return {
    protocol: certificatePem === undefined ? undefined : protocol,
    certificatePem,
    distrust: certificatePem === undefined ? 'no certificate was shown' : distrust(stdout),
    alert: alert === undefined ? undefined : Number(alert),
    completed: code === 0 && protocol !== undefined,
    problem: code === 0 ? '' : problem(stderr, code),
    asked: !/no protocols available|unknown option|no cipher match/i.test(stderr),
  }
}

/** The `New, …` line has the oldest version of the cipher, which for 1.3 alone is the version. */
function agreedProtocol(stdout: string): string | undefined {
  const cipher = /^(?:New|Reused), (TLSv[\d.]+|SSLv3),/m.exec(stdout)?.[1]
  if (cipher === undefined || cipher === 'TLSv1.3') return cipher
  return /^ *Protocol *: (TLSv[\d.]+)/m.exec(stdout)?.[1] ?? cipher
}

const pemPattern = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n?/

/** Without a certificate OpenSSL prints code 0 just the same, so this is asked only with one. */
function distrust(stdout: string): string | undefined {
  const [, code, text = ''] = /Verify return code: (\d+) \((.*)\)/.exec(stdout) ?? []
  if (code === '0') return undefined
  return code === undefined ? 'it was not verified' : `${text} (OpenSSL error ${code})`
}

/** `…:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:file:line:…`. */
function problem(stderr: string, code: number | undefined): string {
  if (code === undefined) return 'no answer within the limit'
  const lines = stderr.trimEnd().split('\n')
  const error = lines.find(line => /:error:|errno=/.test(line)) ?? lines.at(-1) ?? ''
  if (/errno=(104|32|54)\b/.test(error)) return 'the connection was reset: it may speak no TLS'
  const words = /:error:/.test(error) ? error.split(':').slice(5, 6).join('') : error
  return words.trim() || `openssl ended with code ${String(code)}`
}
