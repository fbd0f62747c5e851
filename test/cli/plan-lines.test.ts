import { expect, test } from 'vitest'
import { dueLines, planLines } from '../../src/cli/plan-lines.js'
import type { Due } from '../../src/operations/due.js'
import { makePlan } from '../../src/plan/plan.js'
import { converged, wanted } from '../plan/seen.js'

const device = (name: string, replaces?: string): Due => ({
  kind: 'device',
  name,
  because: 'expires in 9 days',
  ...(replaces === undefined ? {} : { replaces }),
})

test.each<readonly [string, readonly Due[], readonly string[]]>([
  ['nothing', [], []],
  ['the first', [device('a')], ['+ certificate of device a: expires in 9 days']],
  [
    'one in place of another',
    [device('a', '4D01')],
    ['~ certificate of device a: expires in 9 days; in place of serial 4D01'],
  ],
  [
    'several at once',
    [device('a', '4D01'), device('b', '4D02'), device('c')],
    [
      '~ certificate of device a, b: expires in 9 days; in place of 2 serials',
      '+ certificate of device c: expires in 9 days',
    ],
  ],
  [
    'what left the profile',
    [{ kind: 'revocation', name: 'a', serial: '4d01', because: 'it left the profile' }],
    ['- revoke a: it left the profile'],
  ],
])('what the vault lacks: %s', (_, due, lines) => {
  expect(dueLines(due)).toEqual(lines)
})

const tags = (name: string) => (text: string) => `<${name}>${text}</${name}>`
const paint = {
  green: tags('green'),
  red: tags('red'),
  yellow: tags('yellow'),
  dim: tags('dim'),
  bold: tags('bold'),
}

test('the signs of a plan are painted, and the lines of a diff', () => {
  const acl = wanted.files.map(file =>
    file.name === 'acl' ? { ...file, content: { kind: 'text', text: 'user b\n' } as const } : file,
  )
  const files = new Map(
    [...converged.generation.files].map(([name, seen]) => [
      name,
      { ...seen, text: 'user a\u001b[2J\n' },
    ]),
  )
  const generation = { ...converged.generation, files }
  const plan = makePlan({ ...wanted, files: acl }, { ...converged, generation })
  expect(planLines([], [plan], paint).slice(0, 6)).toEqual([
    'broker hub',
    expect.stringMatching(/^ {2}<yellow>~<\/yellow> file acl: changed/),
    // What a host answers may not steer the terminal.
    '      <red>-user a\uFFFD[2J</red>',
    '      <green>+user b</green>',
    '  <yellow>~</yellow> service mosquitto (reload): acl is read again on reload',
    '<dim>  = 3 files, 2 firewall rules, 2 packages as they should be</dim>',
  ])
})
