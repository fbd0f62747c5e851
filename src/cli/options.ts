/** One option as the parser, `--help` and the completions read it. */
export interface OptionRow {
  readonly short?: string
  readonly long: string
  /** The word for its value; a switch has none. Shells complete files for FILE, folders for DIR. */
  readonly value?: string
  readonly summary: string
}

/** Taken by the verbs whose row names them. */
export const verbOptions = {
  sandbox: { long: 'sandbox', summary: 'on this machine, without root or SSH' },
  out: { long: 'out', value: 'DIR', summary: 'the folder to write into' },
  from: {
    long: 'from',
    value: 'FILE',
    summary: 'a list: name,role,lifetime,key,password and labels, as CSV, NDJSON, or -',
  },
  csr: {
    long: 'csr',
    value: 'FILE',
    summary: 'signing requests, or -: the keys stay with the devices; may be given again',
  },
  key: { long: 'key', value: 'FILE', summary: 'the private key, where it is not beside it' },
  crl: { long: 'crl', value: 'FILE', summary: 'its revocation list: whoever is on it stays out' },
  archive: { long: 'archive', value: 'FILE', summary: 'one .tar.gz or .zip for all credentials' },
  csv: { long: 'csv', summary: 'CSV with a heading, each label a column' },
  role: { long: 'role', value: 'NAME', summary: 'only devices of this role' },
  state: { long: 'state', value: 'STATE', summary: 'only these, e.g. good, expired, not-issued' },
  label: { long: 'label', value: 'KEY=VALUE', summary: 'only with this label; may be given again' },
  history: { long: 'all', summary: 'every certificate ever issued, with what it was issued for' },
  everySignature: { long: 'all', summary: 'check every signature, of batches not one in 64' },
  planOut: { long: 'out', value: 'FILE', summary: 'save the plan there, for "up --plan"' },
  plan: { long: 'plan', value: 'FILE', summary: 'do what this saved plan says, or nothing' },
  mosquitto: { long: 'mosquitto', value: 'VERSION', summary: 'render for this one: 2.0 or 2.1' },
  within: { long: 'within', value: 'TIME', summary: 'count what expires by then, e.g. 30d' },
  lockWait: {
    long: 'lock-wait',
    value: 'TIME',
    summary: 'how long to wait for another bednet on a host (30s)',
  },
  noVerify: {
    long: 'no-verify',
    summary: 'leave out the proofs from here; the host still makes its own',
  },
  parallel: { long: 'parallel', value: 'N', summary: 'how many hosts at once (8)' },
  to: { long: 'to', value: 'N', summary: 'the generation to go back to; else the one before' },
  reuseNames: { long: 'reuse-names', summary: 'allow names that were used and revoked before' },
} as const satisfies Readonly<Record<string, OptionRow>>

export type VerbOption = keyof typeof verbOptions

/** Taken by every verb, in front of it or behind it. */
export const everywhere: readonly OptionRow[] = [
  {
    short: 'f',
    long: 'profile',
    value: 'FILE',
    summary: 'the profile (else $BEDNET_PROFILE, else ./bednet.yaml)',
  },
  { long: 'host', value: 'NAME', summary: 'only this broker; may be given again' },
  { long: 'json', summary: 'one JSON document on stdout, events as JSON on stderr' },
  { short: 'y', long: 'yes', summary: 'do not ask whether to go on' },
  { short: 'q', long: 'quiet', summary: 'say nothing while work goes on' },
  { short: 'v', long: 'verbose', summary: 'say more, and where a defect lies' },
  { short: 'h', long: 'help', summary: 'what a verb does, with examples' },
  { short: 'V', long: 'version', summary: 'the version of bednet' },
]

/** Taken by this verb besides those of every verb. */
export function ownOptions(row: {
  readonly options?: readonly VerbOption[]
}): readonly OptionRow[] {
  return (row.options ?? []).map(name => verbOptions[name])
}

/** With dashes: `-f` and `--profile`, or the long form alone. */
export function spellings({ short, long }: OptionRow): readonly string[] {
  return [...(short === undefined ? [] : [`-${short}`]), `--${long}`]
}
