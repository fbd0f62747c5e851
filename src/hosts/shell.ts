import type { Duplex } from 'node:stream'

/** One way to reach a machine: ssh, or `sh` on this one. A host is built on it (`host.ts`). */
export interface Shell {
  /** For messages: `ubuntu@mqtt.example.org:22`, `this machine`. */
  readonly address: string
  /**
   * Runs one POSIX sh script with `input` on its stdin, as root where the machine is a real one.
   * The script travels as an argument, so it may hold no secret; secrets travel in `input`.
   * `$SSH_CONNECTION` of the login is its `$1` (empty where there is none).
   */
  run(script: string, input?: Uint8Array): Promise<ShellRun>
  /** A byte stream to `port` on `address` as that machine sees it. */
  forward(address: string, port: number): Promise<Duplex>
  close(): Promise<void>
}

/** A script that was started. `lines` must be read to its end before `ended` is awaited. */
export interface ShellRun {
  /** stdout, by line, as it arrives; throws HOST_UNREACHABLE when the connection dies. */
  readonly lines: AsyncIterable<string>
  readonly ended: Promise<ShellEnd>
}

export interface ShellEnd {
  /** Exit code; 128 + signal where a signal ended it. */
  readonly code: number
  /** The last 16 KiB. */
  readonly stderr: string
}
