/**
 * What differs between two texts, as `diff -U` shows it but without the line numbers: nobody edits
 * these files by hand. `…` stands where lines were left out.
 */
export function diffLines(before: string, after: string): readonly string[] {
  const old = linesOf(before)
  const young = linesOf(after)
  const start = commonStart(old, young)
  const end = commonStart(old.slice(start).reverse(), young.slice(start).reverse())
  const middle = edits(old.slice(start, old.length - end), young.slice(start, young.length - end))
  const marked = [
    ...old.slice(0, start).map(line => ` ${line}`),
    ...middle,
    ...old.slice(old.length - end).map(line => ` ${line}`),
  ]
  return capped(nearChanges(marked).map(withoutSecret))
}

const contextLines = 2
const mostLines = 40
/** Above this many pairs of lines the longest common part is not worth its time. */
const mostPairs = 4_000_000

function linesOf(text: string): readonly string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n')
}

function commonStart(a: readonly string[], b: readonly string[]): number {
  const first = a.findIndex((line, index) => line !== b[index])
  return first === -1 ? Math.min(a.length, b.length) : first
}

/** `-` lines, `+` lines and those of the longest common subsequence, in their order. */
function edits(old: readonly string[], young: readonly string[]): readonly string[] {
  const marked: string[] = []
  const lengths = old.length * young.length > mostPairs ? [] : commonLengths(old, young)
  const lengthAt = (i: number, j: number): number => lengths[i]?.[j] ?? 0
  let i = 0
  let j = 0
  while (i < old.length || j < young.length) {
    const isSame = i < old.length && j < young.length && old[i] === young[j]
    if (isSame && lengths.length > 0) {
      marked.push(` ${old[i++] ?? ''}`)
      j++
    } else if (i < old.length && lengthAt(i + 1, j) >= lengthAt(i, j + 1)) {
      marked.push(`-${old[i++] ?? ''}`)
    } else if (j < young.length) {
      marked.push(`+${young[j++] ?? ''}`)
    } else {
      marked.push(`-${old[i++] ?? ''}`)
    }
  }
  return marked
}

/** How many lines the rest of both texts have in common, from each pair of lines on. */
function commonLengths(
  old: readonly string[],
  young: readonly string[],
): readonly (readonly number[])[] {
  const rows: number[][] = [new Array<number>(young.length + 1).fill(0)]
  for (const line of [...old].reverse()) {
    const below = rows[0] ?? []
    const row = new Array<number>(young.length + 1).fill(0)
    for (let j = young.length - 1; j >= 0; j--) {
      row[j] =
        line === young[j] ? (below[j + 1] ?? 0) + 1 : Math.max(below[j] ?? 0, row[j + 1] ?? 0)
    }
    rows.unshift(row)
  }
  return rows
}

function nearChanges(marked: readonly string[]): readonly string[] {
  const changes = marked.flatMap((line, index) => (line.startsWith(' ') ? [] : [index]))
  const near = new Set(
    changes.flatMap(index =>
      Array.from({ length: 2 * contextLines + 1 }, (_, offset) => index - contextLines + offset),
    ),
  )
  const shown = marked.map((line, index) => (near.has(index) ? line : undefined))
  const first = shown.findIndex(line => line !== undefined)
  return shown.flatMap((line, index) => {
    if (line === undefined) return []
    // Between two places only: that there is more above and below goes without saying.
    return shown[index - 1] === undefined && index > first ? ['…', line] : [line]
  })
}

function capped(lines: readonly string[]): readonly string[] {
  if (lines.length <= mostLines) return lines
  return [...lines.slice(0, mostLines), `… ${String(lines.length - mostLines)} lines more`]
}

/** bednet writes no secret into these files; a hand on the host may have (`remote_password`). */
function withoutSecret(line: string): string {
  return line.replace(
    /^(.\s*(?!\w+_file\b)\w*(?:password|psk|secret|token)\w*\s+).+/i,
    '$1[secret]',
  )
}
