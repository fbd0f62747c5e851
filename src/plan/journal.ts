/** What a change that is not ended has left on a host. */
export interface JournalSeen {
  /** `at work`: somebody holds the lock. `unconfirmed`: waits for a new connection. */
  readonly state: 'none' | 'at work' | 'unconfirmed' | 'cut off'
  /** Who holds the lock, or held it last and did not finish: `up of steve@laptop, since …`. */
  readonly holder: string | undefined
  /** What the host's guard has put back while nobody listened, and why. */
  readonly undone: string | undefined
}

/** Whether it is locked, only an attempt tells: one beside others, and for an instant. */
export const journalQuestion = String.raw`
lock="$ROOT/run/bednet/lock"
[ ! -e "$lock" ] || { flock -n -s 9 || echo 'lock held'; } 9<"$lock"
[ ! -s "$lock" ] || { IFS= read -r holder; echo "holder $holder"; } <"$lock"
journal="$ROOT/var/lib/bednet/journal"
[ ! -e "$journal" ] || echo "journal open"
[ ! -e "$journal.new" ] || echo "journal half made"
[ ! -e "$journal.closed" ] || echo "journal half closed"
[ -e "$journal/state" ] && grep -q "^confirm_until=" "$journal/state" && echo "journal unconfirmed"
undone="$ROOT/var/lib/bednet/undone"
[ ! -s "$undone" ] || sed -n 's/^{"kind":"end".*"message":"\(.*\)"}$/undone \1/p' "$undone"
exit 0
`

export function parseJournal(answer: string): JournalSeen {
  const lines = answer.split('\n')
  const last = (word: string): string | undefined =>
    lines.findLast(line => line.startsWith(`${word} `))?.slice(word.length + 1)
  return { state: stateOf(last), holder: last('holder'), undone: last('undone') }
}

function stateOf(last: (word: string) => string | undefined): JournalSeen['state'] {
  if (last('lock') === 'held') return 'at work'
  if (last('journal') === 'unconfirmed') return 'unconfirmed'
  return last('journal') === undefined ? 'none' : 'cut off'
}

/** What a person should know of it before a plan is carried out. */
export function journalNotes({ state, holder, undone }: JournalSeen): readonly string[] {
  return [
    ...(state === 'at work'
      ? [`another bednet is at work here: ${holder ?? 'it says no name'}`]
      : []),
    ...(state === 'unconfirmed'
      ? ['the last change is not confirmed; "bednet up" does that first']
      : []),
    ...(state === 'cut off'
      ? [
          'the last change was cut off; "bednet up" has it put back first, or the host does by itself',
        ]
      : []),
    ...(undone === undefined ? [] : [`the host has put back the last change: ${undone}`]),
  ]
}
