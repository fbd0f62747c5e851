import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { bashCompletion } from '../../src/cli/completion/bash.js'
import { fishCompletion } from '../../src/cli/completion/fish.js'
import { zshCompletion } from '../../src/cli/completion/zsh.js'
import { verbs } from '../../src/cli/verbs.js'

const folder = mkdtempSync(join(tmpdir(), 'bednet-completion-'))
beforeAll(() => {
  writeFileSync(join(folder, 'bash'), bashCompletion(verbs))
  writeFileSync(join(folder, 'zsh'), zshCompletion(verbs))
  writeFileSync(join(folder, 'fish'), fishCompletion(verbs))
  writeFileSync(join(folder, 'garden.yaml'), '')
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

const shellLimitMs = 60_000

function shell(name: string, script: string): string {
  const options = { cwd: folder, encoding: 'utf8', timeout: shellLimitMs } as const
  const { stdout, stderr } = spawnSync(name, ['-c', script], options)
  expect(stderr).toBe('')
  return stdout
}

function isInstalled(name: string): boolean {
  return spawnSync(name, ['-c', 'exit 0']).status === 0
}

/** What is typed, what a shell must offer, and what it must not. */
const cases = [
  { typed: 'ch', offers: ['check'], not: ['init'] },
  { typed: '', offers: ['init', 'check', 'version'], not: ['bash'] },
  { typed: '-f check ch', offers: ['check'], not: [] },
  { typed: 'completion ', offers: ['bash', 'fish', 'zsh'], not: ['check'] },
  { typed: 'check --js', offers: ['--json'], not: ['--sandbox'] },
  { typed: 'up --sa', offers: ['--sandbox'], not: ['--json'] },
  { typed: 'check -f gar', offers: ['garden.yaml'], not: [] },
  { typed: 'init gar', offers: ['garden.yaml'], not: [] },
]

describe.runIf(isInstalled('bash'))('bash', () => {
  test.each(cases)('bednet $typed', ({ typed, offers, not }) => {
    const words = typed.split(' ').map(word => `'${word}'`)
    const script = `source ./bash; COMP_WORDS=(bednet ${words.join(' ')}); COMP_CWORD=${String(words.length)}
      _bednet; printf '%s\\n' "\${COMPREPLY[@]}"`
    const found = shell('bash', script).split('\n')
    expect(found).toEqual(expect.arrayContaining(offers))
    expect(found.filter(word => not.includes(word))).toEqual([])
  })
})

describe.runIf(isInstalled('fish'))('fish', () => {
  test.each(cases)('bednet $typed', ({ typed, offers, not }) => {
    const found = shell('fish', `source ./fish; complete -C 'bednet ${typed}'`)
      .split('\n')
      .map(line => line.split('\t')[0] ?? '')
    expect(found).toEqual(expect.arrayContaining(offers))
    expect(found.filter(word => not.includes(word))).toEqual([])
  })
})

describe.runIf(isInstalled('zsh'))('zsh', () => {
  // Completion is for people only, so a terminal is made for it. ^D lists what there is, but only
  // once zsh has asked for bracketed paste (2004h), and so reads keys itself.
  test.each(cases)('bednet $typed', ({ typed, offers, not }) => {
    const script = `
      zmodload zsh/zpty
      zpty inner 'PS1= PROMPT= TERM=dumb zsh -f -i'
      zpty -w inner 'autoload -U compinit; compinit -D -u; source ./zsh; LISTMAX=0; echo re""ady'
      zpty -r -m inner line '*ready*2004h*'; line=
      zpty -w -n inner 'bednet ${typed}'$'\\x04'
      SECONDS=0
      while [[ $line != *'${offers.at(-1) ?? ''}'* ]] && (( SECONDS < 20 )); do
        sleep 0.1
        while zpty -r -t inner more; do line+=$more; done
      done
      print -r -- $line
      zpty -d inner`
    const found = shell('zsh', script).split(/\s+/)
    expect(found).toEqual(expect.arrayContaining(offers))
    expect(found.filter(word => not.includes(word))).toEqual([])
  })
})
