import type { World } from '../world.js'
import type { VerbOption } from './options.js'

/** What a verb is called with. */
export interface Call {
  readonly options: Options
  /** The words after the verb. */
  readonly names: readonly string[]
  readonly world: World
  readonly output: Output
}

/** What was typed, with defaults; an option that a verb does not take has its default there. */
export interface Options {
  /** As typed, else `$BEDNET_PROFILE`, else `bednet.yaml`. */
  readonly profile: string
  readonly json: boolean
  readonly yes: boolean
  /** Only these brokers; empty: all of them. */
  readonly hosts: readonly string[]
  readonly quiet: boolean
  readonly verbose: boolean
  readonly sandbox: boolean
  readonly out: string | undefined
  readonly plan: string | undefined
  readonly mosquitto: string | undefined
  readonly within: string | undefined
  /** A duration, as typed. */
  readonly lockWait: string | undefined
  /** A number of hosts, as typed. */
  readonly parallel: string | undefined
  /** Number of a generation, as typed. */
  readonly to: string | undefined
  readonly reuseNames: boolean
  readonly noVerify: boolean
  /** A list of devices; `-` is standard input. */
  readonly from: string | undefined
  /** Files with signing requests; `-` is standard input. */
  readonly csrs: readonly string[]
  readonly archive: string | undefined
  /** Files of an authority that is to be imported. */
  readonly key: string | undefined
  readonly crl: string | undefined
  readonly csv: boolean
  readonly all: boolean
  readonly role: string | undefined
  readonly state: string | undefined
  /** `KEY=VALUE`, as typed. */
  readonly labels: readonly string[]
}

/** Standard output: for a person, or one JSON document; a verb fills both and knows of neither. */
export interface Output {
  /** Text; nothing with `--json`. */
  readonly lines: (lines: readonly string[]) => void
  /** Columns under a heading; nothing with `--json`. Cells may be painted. */
  readonly table: (head: readonly string[], rows: readonly (readonly string[])[]) => void
  /** With `--json` a line for each piece of long work, before the document; nothing without it. */
  readonly record: (value: unknown) => void
  /** The one document of `--json`; nothing without it. */
  readonly document: (value: unknown) => void
  readonly paint: Paint
}

/** Colours, or the text as it is where nobody would see them. */
export interface Paint {
  readonly green: (text: string) => string
  readonly red: (text: string) => string
  readonly yellow: (text: string) => string
  readonly dim: (text: string) => string
  readonly bold: (text: string) => string
}

/** The promise that scripts rely on; `--help` says what each means. */
export type ExitCode = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 64 | 65 | 77 | 130

/** What `src/cli/verbs/NAME.ts` exports as `run`. */
export type Verb = (call: Call) => Promise<ExitCode>

/** One verb as `--help`, the parser and the completions read it. */
export interface VerbRow {
  readonly name: string
  /** One line, without a stop. */
  readonly summary: string
  /** The words after it: `SHELL` must be there, `[FILE]` may, `[NAME…]` are any number. */
  readonly words?: string
  /** What those words can be, where that is a short list. */
  readonly choices?: readonly string[]
  /** Those it takes besides the ones of every verb. */
  readonly options?: readonly VerbOption[]
  /** A command line, and what it is for. */
  readonly examples: readonly (readonly [string, string])[]
  /** Loads what it does: a verb that is not called costs nothing at start-up. */
  readonly load: () => Promise<{ readonly run: Verb }>
}
