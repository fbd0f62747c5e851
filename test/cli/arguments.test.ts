import { describe, expect, test } from 'vitest'
import { parseArguments } from '../../src/cli/arguments.js'
import type { VerbRow } from '../../src/cli/verb.js'
import { BednetError } from '../../src/error.js'

const load = () => Promise.reject(new Error('not called here'))
const verbs: readonly VerbRow[] = [
  { name: 'check', summary: 'read it', examples: [], load },
  { name: 'up', summary: 'do it', options: ['sandbox', 'reuseNames'], examples: [], load },
  { name: 'render', summary: 'write it', options: ['out'], examples: [], load },
  { name: 'init', summary: 'begin', words: '[FILE]', examples: [], load },
  { name: 'issue', summary: 'issue', words: '[NAME…]', examples: [], load },
  { name: 'shell', summary: 's', words: 'SHELL', choices: ['bash', 'zsh'], examples: [], load },
]

const defaults = {
  profile: 'bednet.yaml',
  hosts: [],
  json: false,
  yes: false,
  quiet: false,
  verbose: false,
  sandbox: false,
  out: undefined,
  mosquitto: undefined,
  within: undefined,
  lockWait: undefined,
  parallel: undefined,
  to: undefined,
  reuseNames: false,
  noVerify: false,
}

function parse(line: string, environment = {}) {
  return parseArguments(
    line.split(' ').filter(word => word !== ''),
    { verbs, environment },
  )
}

describe('what a line asks for', () => {
  test.each([
    ['check', {}],
    ['-f a.yaml check', { profile: 'a.yaml' }],
    ['check -f a.yaml', { profile: 'a.yaml' }],
    ['check --profile=a.yaml', { profile: 'a.yaml' }],
    ['check -fa.yaml', { profile: 'a.yaml' }],
    ['check -f a.yaml -f b.yaml', { profile: 'b.yaml' }],
    ['-f check check', { profile: 'check' }],
    ['check --host hub --host=attic', { hosts: ['hub', 'attic'] }],
    ['check --json -y -q -v', { json: true, yes: true, quiet: true, verbose: true }],
    ['check -qv', { quiet: true, verbose: true }],
    ['up --sandbox --reuse-names', { sandbox: true, reuseNames: true }],
    ['--sandbox up', { sandbox: true }],
    ['render --out there', { out: 'there' }],
    ['render --out=-there', { out: '-there' }],
  ])('%s', (line, options) => {
    expect(parse(line)).toMatchObject({ kind: 'call', options: { ...defaults, ...options } })
  })

  test.each([
    ['init', []],
    ['init garden.yaml', ['garden.yaml']],
    ['issue', []],
    ['issue one two three', ['one', 'two', 'three']],
    ['issue -- -dash', ['-dash']],
    ['shell bash', ['bash']],
  ])('%s: the words after the verb', (line, names) => {
    expect(parse(line)).toMatchObject({ kind: 'call', names })
  })

  test.each([
    ['check', { BEDNET_PROFILE: 'env.yaml' }, 'env.yaml'],
    ['check', { BEDNET_PROFILE: '' }, 'bednet.yaml'],
    ['check -f a.yaml', { BEDNET_PROFILE: 'env.yaml' }, 'a.yaml'],
  ])('%s with %j reads %s', (line, environment, profile) => {
    expect(parse(line, environment)).toMatchObject({ options: { profile } })
  })

  test.each([
    ['--help', true, /^Usage: bednet \[/],
    ['-h', true, /^Usage: bednet \[/],
    ['', false, /^Usage: bednet \[/],
    ['--json', false, /^Usage: bednet \[/],
    ['up --help', true, /^Usage: bednet up /],
    ['--help up', true, /^Usage: bednet up /],
    ['shell -h', true, /^Usage: bednet shell SHELL/],
    ['up --bogus -h', true, /^Usage: bednet up /],
  ])('"%s" is answered with help', (line, isAskedFor, text) => {
    const request = parse(line)
    expect(request).toMatchObject({ kind: 'help', isAskedFor })
    expect(request).toHaveProperty('text', expect.stringMatching(text))
  })

  test.each(['--version', '-V', 'up -V'])('%s asks for the version', line => {
    expect(parse(line)).toEqual({ kind: 'version' })
  })
})

describe('what cannot be meant', () => {
  test.each([
    ['chek', 'there is no verb "chek"', 'did you mean "check"?'],
    ['revoke', 'there is no verb "revoke"', 'see "bednet --help"'],
    ['chek --help', 'there is no verb "chek"', 'did you mean "check"?'],
    ['check --jsn', '"check" takes no option --jsn', 'did you mean "--json"?'],
    ['check --sandbox', '"check" takes no option --sandbox', 'see "bednet check --help"'],
    ['up --sandbx', '"up" takes no option --sandbx', 'did you mean "--sandbox"?'],
    ['up -x', '"up" takes no option -x', 'see "bednet up --help"'],
    ['--bogus', 'there is no option --bogus', 'see "bednet --help"'],
    ['check --host', '--host lacks its value, NAME', 'see "bednet check --help"'],
    ['check --host --json', '--host lacks its value, NAME', 'see "bednet check --help"'],
    ['check -f', '-f lacks its value, FILE', 'see "bednet check --help"'],
    ['check --json=1', '--json takes no value, but got "1"', 'see "bednet check --help"'],
    ['check it', '"check" cannot take "it" too', 'see "bednet check --help"'],
    ['init a b', '"init" cannot take "b" too', 'see "bednet init --help"'],
    ['shell', '"shell" lacks its word, SHELL', 'one of bash, zsh'],
  ])('%s', (line, message, hint) => {
    const error = thrownBy(() => parse(line))
    expect(error).toBeInstanceOf(BednetError)
    expect(error).toMatchObject({ code: 'USAGE', message, hint })
  })
})

function thrownBy(act: () => unknown): unknown {
  try {
    return act()
  } catch (error) {
    return error
  }
}
