import { parseArgs } from 'node:util'
import type { World } from '../world.js'
import { commandHelp, verbHelp } from './help.js'
import { everywhere, verbOptions, type OptionRow } from './options.js'
import { refuseOptions, refuseWords, unknownVerb, type TypedOption } from './usage.js'
import type { Options, VerbRow } from './verb.js'

/** What a command line asks for. */
export type Request =
  | {
      readonly kind: 'call'
      readonly row: VerbRow
      readonly names: readonly string[]
      readonly options: Options
    }
  | { readonly kind: 'version' }
  /** Asked for, or shown because there was no verb. */
  | { readonly kind: 'help'; readonly text: string; readonly isAskedFor: boolean }

interface Surroundings {
  readonly verbs: readonly VerbRow[]
  readonly environment: World['environment']
}

/**
 * Reads the words after `bednet`, with Node's own splitter: a package for it costs a seventh of the
 * start of Node, and --help, suggestions and completions come from our tables in any case.
 * @throws BednetError USAGE, with what was probably meant
 */
export function parseArguments(
  words: readonly string[],
  { verbs, environment }: Surroundings,
): Request {
  const { typed, positionals } = split(words)
  const [verb, ...names] = positionals
  const row = verbs.find(({ name }) => name === verb)
  const isTyped = (long: string) => typed.some(({ name }) => name === long)
  if (isTyped('version')) return { kind: 'version' }
  if (verb !== undefined && !row) throw unknownVerb(verb, verbs)
  if (isTyped('help')) return { kind: 'help', text: helpFor(row, verbs), isAskedFor: true }
  refuseOptions(typed, row)
  if (!row) return { kind: 'help', text: commandHelp(verbs), isAskedFor: false }
  refuseWords(names, row)
  return { kind: 'call', row, names, options: optionsOf(typed, environment) }
}

function helpFor(row: VerbRow | undefined, verbs: readonly VerbRow[]): string {
  return row ? verbHelp(row) : commandHelp(verbs)
}

const knownOptions = Object.fromEntries(
  [...everywhere, ...Object.values(verbOptions)].map(({ short, long, value }: OptionRow) => [
    long,
    {
      type: value === undefined ? ('boolean' as const) : ('string' as const),
      ...(short && { short }),
    },
  ]),
)

/** Takes everything: what is wrong with it is said later, and better than Node would. */
function split(words: readonly string[]) {
  const { tokens, positionals } = parseArgs({
    args: [...words],
    options: knownOptions,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  const typed = tokens.flatMap((token): readonly TypedOption[] => {
    if (token.kind !== 'option') return []
    // Of `--host --json`, the second word is hardly a name: the value was forgotten.
    const isForgotten = token.inlineValue === false && /^-./.test(token.value)
    return [
      { name: token.name, spelled: token.rawName, value: isForgotten ? undefined : token.value },
    ]
  })
  return { typed, positionals }
}

function optionsOf(typed: readonly TypedOption[], environment: World['environment']): Options {
  const valuesOf = (long: string) =>
    typed.flatMap(({ name, value }) => (name === long && value !== undefined ? [value] : []))
  // Given twice, the last one counts, so that a script's own can be overruled by adding to its line.
  const lastOf = (long: string) => valuesOf(long).at(-1)
  const isOn = (long: string) => typed.some(({ name }) => name === long)
  return {
    profile: lastOf('profile') ?? (environment['BEDNET_PROFILE'] || 'bednet.yaml'),
    hosts: valuesOf('host'),
    json: isOn('json'),
    yes: isOn('yes'),
    quiet: isOn('quiet'),
    verbose: isOn('verbose'),
    sandbox: isOn('sandbox'),
    out: lastOf('out'),
    plan: lastOf('plan'),
    mosquitto: lastOf('mosquitto'),
    within: lastOf('within'),
    lockWait: lastOf('lock-wait'),
    parallel: lastOf('parallel'),
    to: lastOf('to'),
    reuseNames: isOn('reuse-names'),
    noVerify: isOn('no-verify'),
    from: lastOf('from'),
    csrs: valuesOf('csr'),
    archive: lastOf('archive'),
    key: lastOf('key'),
    crl: lastOf('crl'),
    csv: isOn('csv'),
    all: isOn('all'),
    role: lastOf('role'),
    state: lastOf('state'),
    labels: valuesOf('label'),
  }
}
