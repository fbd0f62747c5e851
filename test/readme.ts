import { readFileSync } from 'node:fs'

const text = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

/** The command lines of each `sh` block in README, in order. */
export const shellBlocks: readonly (readonly string[])[] = blocks('sh').map(block =>
  block.trimEnd().split('\n'),
)

/** What stands in the fenced blocks of README in one language. */
export function blocks(language: string): readonly string[] {
  const fences = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'gm')
  return [...text.matchAll(fences)].map(([, block = '']) => block)
}

/** The block that has this line. */
export function blockWith(line: string): readonly string[] {
  const block = shellBlocks.find(lines => lines.includes(line))
  if (block === undefined) throw new Error(`README has no block with "${line}"`)
  return block
}
