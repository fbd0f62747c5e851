/** "did you mean …" for a mistyped word; undefined where nothing is near. */
export function suggest(word: string, known: readonly string[]): string | undefined {
  const nearest = nearestOf(word, known)
  return nearest === undefined ? undefined : `did you mean "${nearest}"?`
}

/** The known word that a person most likely meant: spelled otherwise, or off by a few letters. */
export function nearestOf(word: string, known: readonly string[]): string | undefined {
  if (word.length > longestWord) return undefined
  const plain = plainly(word)
  // One letter in three may be wrong, but nothing is near a word of one or two.
  const limit = Math.floor(plain.length / 3)
  const ranked = known
    .map(candidate => ({ candidate, steps: distance(plain, plainly(candidate)) }))
    .filter(({ steps }) => steps <= limit)
    .sort((a, b) => a.steps - b.steps)
  return ranked[0]?.candidate
}

// Comparing costs the product of both lengths, and nobody mistypes a word into an essay.
const longestWord = 64

/** max_connections, max-connections and MaxConnections are all maxConnections to a person. */
function plainly(word: string): string {
  return word.toLowerCase().replaceAll(/[-_ ]/g, '')
}

/** Letters to insert, delete, replace or swap with their neighbour (optimal string alignment). */
function distance(from: string, to: string): number {
  let beforeLast: readonly number[] = []
  let last: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let i = 1; i <= from.length; i++) {
    const row = [i]
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1]
      row.push(
        Math.min(
          at(last, j) + 1,
          at(row, j - 1) + 1,
          at(last, j - 1) + same,
          swapped ? at(beforeLast, j - 2) + 1 : Infinity,
        ),
      )
    }
    beforeLast = last
    last = row
  }
  return at(last, to.length)
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
