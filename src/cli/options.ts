/** One option as `--help`, the parser and the completions read it. */
export interface OptionRow {
  /** `-f, --profile FILE`: the short form if any, the long one, and the word for its value if any. */
  readonly flags: string
  readonly summary: string
}

/** Taken by every verb, in front of it or behind it. */
export const globalOptions = {
  profile: {
    flags: '-f, --profile FILE',
    summary: 'the profile (else $BEDNET_PROFILE, else ./bednet.yaml)',
  },
  host: { flags: '--host NAME', summary: 'only this broker; may be given again' },
  json: { flags: '--json', summary: 'one JSON document on stdout, events as JSON on stderr' },
  yes: { flags: '-y, --yes', summary: 'do not ask whether to go on' },
  quiet: { flags: '-q, --quiet', summary: 'say nothing while work goes on' },
  verbose: { flags: '-v, --verbose', summary: 'say more, and where a defect lies' },
} as const satisfies Readonly<Record<string, OptionRow>>

/** Taken by the verbs whose row names them. */
export const verbOptions = {
  sandbox: { flags: '--sandbox', summary: 'on this machine, without root or SSH' },
  out: { flags: '--out DIR', summary: 'the folder to write into' },
  mosquitto: { flags: '--mosquitto VERSION', summary: 'the version to render for: 2.0 or 2.1' },
  within: { flags: '--within TIME', summary: 'count what expires in this time, e.g. 30d' },
  reuseNames: { flags: '--reuse-names', summary: 'allow names that were used and revoked before' },
} as const satisfies Readonly<Record<string, OptionRow>>

export type VerbOption = keyof typeof verbOptions

/** These two end the parsing, so they are no fields of `Options`. */
export const endingOptions = {
  help: { flags: '-h, --help', summary: 'what a verb does, with examples' },
  version: { flags: '-V, --version', summary: 'the version of bednet' },
} as const satisfies Readonly<Record<string, OptionRow>>
