import { Command, CommanderError, type OutputConfiguration } from 'commander'
import type { World } from '../world.js'
import { commandHelp, verbHelp } from './help.js'
import { endingOptions, globalOptions, verbOptions, type OptionRow } from './options.js'
import { explainUsage } from './usage.js'
import type { Options, VerbRow } from './verb.js'

/** What a command line asks for. */
export type Request =
  | ({ readonly kind: 'call'; readonly row: VerbRow } & Pick<CallWords, 'names' | 'options'>)
  | { readonly kind: 'version' }
  /** Asked for, or shown because there was no verb. */
  | { readonly kind: 'help'; readonly text: string; readonly isAskedFor: boolean }

interface CallWords {
  readonly names: readonly string[]
  readonly options: Options
}

interface Surroundings {
  readonly verbs: readonly VerbRow[]
  readonly environment: World['environment']
}

/**
 * Reads the words after `bednet`.
 * @throws BednetError USAGE, with what was probably meant
 */
export function parseArguments(words: readonly string[], surroundings: Surroundings): Request {
  const { verbs, environment } = surroundings
  const found: { request?: Request; help: string } = { help: '' }
  const talk: OutputConfiguration = {
    writeOut: text => {
      found.help += text
    },
    writeErr: () => undefined,
  }
  const program = makeCommand('bednet', { talk, help: commandHelp(verbs) })
    .version('', endingOptions.version.flags)
    .exitOverride()
  addOptions(program, Object.values(globalOptions))
  for (const row of verbs) {
    const command = makeCommand(row.name, { talk, help: verbHelp(row) }).exitOverride()
    for (const word of row.words?.split(' ') ?? []) command.argument(asCommander(word))
    addOptions(
      command,
      (row.options ?? []).map(name => verbOptions[name]),
    )
    command.action(() => {
      const options = optionsOf(command.optsWithGlobals(), environment)
      found.request = { kind: 'call', row, names: command.args, options }
    })
    program.addCommand(command)
  }
  try {
    program.parse(words, { from: 'user' })
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error
    if (error.code === 'commander.version') return { kind: 'version' }
    if (!error.code.startsWith('commander.help')) throw explainUsage(error, { words, verbs })
  }
  const isAskedFor = found.help !== ''
  return found.request ?? { kind: 'help', text: found.help || commandHelp(verbs), isAskedFor }
}

interface CommandLook {
  readonly talk: OutputConfiguration
  readonly help: string
}

function makeCommand(name: string, { talk, help }: CommandLook): Command {
  return new Command(name)
    .configureOutput(talk)
    .configureHelp({ formatHelp: () => help })
    .helpOption(endingOptions.help.flags)
    .showSuggestionAfterError(false)
}

function addOptions(command: Command, rows: readonly OptionRow[]): void {
  for (const { flags } of rows) {
    const value = flags.split(' ').at(-1) ?? ''
    if (value.startsWith('-')) command.option(flags)
    else command.option(flags.replace(value, `<${value}>`), '', collect, [])
  }
}

/** Every option with a value may be given again; where that makes no sense, the last one counts. */
function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** `SHELL`, `[FILE]` and `[NAME…]`, as the parser spells them. */
function asCommander(word: string): string {
  return word.startsWith('[') ? word.replace('…', '...') : `<${word}>`
}

function optionsOf(
  typed: Readonly<Record<string, unknown>>,
  environment: World['environment'],
): Options {
  const isOn = (name: string) => typed[name] === true
  const valuesOf = (name: string) => (typed[name] ?? []) as readonly string[]
  const lastOf = (name: string) => valuesOf(name).at(-1)
  return {
    profile: lastOf('profile') ?? (environment['BEDNET_PROFILE'] || 'bednet.yaml'),
    hosts: valuesOf('host'),
    json: isOn('json'),
    yes: isOn('yes'),
    quiet: isOn('quiet'),
    verbose: isOn('verbose'),
    sandbox: isOn('sandbox'),
    out: lastOf('out'),
    mosquitto: lastOf('mosquitto'),
    within: lastOf('within'),
    reuseNames: isOn('reuseNames'),
  }
}
