/** A program and its arguments, as a value; no shell has seen it yet. */
export interface Command {
  readonly argv: readonly string[]
}

/** `command('ufw', 'allow', '8883/tcp')`: words stay words, whatever is in them. */
export function command(program: string, ...args: readonly string[]): Command {
  return { argv: [program, ...args] }
}

/** The one rendering of a command for a POSIX shell. */
export function shellLine({ argv }: Command): string {
  return argv.map(shellWord).join(' ')
}

/** One word, quoted so that a POSIX shell reads back exactly these characters. */
export function shellWord(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** `NAME='value'` lines that a shell can source. */
export function shellAssignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shellWord(value)}\n`)
    .join('')
}
