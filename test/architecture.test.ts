import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

const root = new URL('..', import.meta.url)
const map = readFileSync(new URL('ARCHITECTURE.md', root), 'utf8')
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(file => existsSync(new URL(file, root)))

const { dependencies } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as {
  dependencies: Record<string, string>
}

/** The first column of the table under a heading, as the words in backquotes there. */
function firstColumn(heading: string, column = 1): readonly string[] {
  const [, section = ''] = map.split(`## ${heading}\n`)
  const [table = ''] = section.split('\n## ')
  return [...table.matchAll(/^\| *`.*$/gm)].flatMap(([row]) =>
    [...(row.split('|')[column] ?? '').matchAll(/`([^`]+)`/g)].map(([, word = '']) => word),
  )
}

describe('ARCHITECTURE.md is true', () => {
  test('it names every room of src, and every folder at the top', () => {
    const folders = files.flatMap(file => /^(src\/[^/]+\/|[a-z]+\/)/.exec(file)?.[1] ?? [])
    const rooms = [...new Set(folders)].filter(folder => folder !== 'src/').sort()
    const named = firstColumn('The rooms').filter(name => name.endsWith('/'))
    expect([...named].sort()).toEqual(rooms)
  })

  test('every file and folder that it names is there', () => {
    const paths = [...map.matchAll(/`((?:src|templates|profiles|scripts|test)\/[\w./-]*)`/g)]
    const missing = paths
      .map(([, path = '']) => path)
      .filter(path => !files.some(file => file === path || file.startsWith(path)))
    expect(missing).toEqual([])
  })

  test('each package is named once, and no other', () => {
    expect([...firstColumn('Packages')].sort()).toEqual(Object.keys(dependencies).sort())
  })

  test('each package is imported by the file that is named for it, and by no other', () => {
    const importers = new Map<string, Set<string>>()
    for (const file of files.filter(name => /^src\/.*\.ts$/.test(name))) {
      const text = readFileSync(new URL(file, root), 'utf8')
      for (const [, name = ''] of text.matchAll(/(?:from|import\(|^import) ?'([^.'][^']*)'/gm)) {
        const owner = Object.keys(dependencies).find(
          each => name === each || name.startsWith(`${each}/`),
        )
        if (owner !== undefined) importers.set(owner, (importers.get(owner) ?? new Set()).add(file))
      }
    }
    const found = [...importers.values()].flatMap(names => [...names])
    expect([...new Set(found)].sort()).toEqual([...new Set(firstColumn('Packages', 3))].sort())
    expect([...importers].filter(([, names]) => names.size > 1)).toEqual([])
  })
})
