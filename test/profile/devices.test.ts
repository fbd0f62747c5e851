import { describe, expect, test } from 'vitest'
import { mistakesOf, read, soundProfile } from './read.js'

const withList = soundProfile.replace(
  '{ names: "esp32-{01..03}", role: sensor }',
  '{ from: lists/devices.csv, role: sensor, lifetime: 2y }',
)

function listed(text: string | Uint8Array): readonly string[] {
  return mistakesOf(withList, { 'lists/devices.csv': text })
}

describe('a device list', () => {
  test.each([
    ['name\na\nb\n', 'commas'],
    ['\ufeffname,role\r\na,sensor\r\nb,\r\n', 'as a spreadsheet writes it'],
    ['name;x-room\na;"Kitchen; left"\nb;Attic\n', 'semicolons, and a column for others'],
    ['role\tname\nsensor\ta\nsensor\tb\n', 'tabs'],
    ['# my devices\n\nname\n# the first\na\n\n  b  \n', 'comments and blanks'],
    ['name\n"a"\n"b"', 'quotes, and no line feed at the end'],
  ])('%j: %s', text => {
    const { devices } = read(withList, { 'lists/devices.csv': text })
    expect(devices.map(({ name, role }) => [name, role])).toEqual([
      ['a', 'sensor'],
      ['b', 'sensor'],
    ])
  })

  test('a row overrides its entry', () => {
    const { devices } = read(withList, {
      'lists/devices.csv': 'name,role,lifetime,key\na,reader,90d,ed25519\nb,,,\n',
    })
    expect(devices).toMatchObject([
      { name: 'a', role: 'reader', lifetimeDays: 90, key: 'ed25519' },
      { name: 'b', role: 'sensor', lifetimeDays: 730, key: 'p256' },
    ])
  })

  test('only a heading is a list of nobody', () => {
    expect(listed('name\n')).toEqual([])
  })
})

const at = 'lists/devices.csv'

describe('mistakes in a device list have its own line and column', () => {
  test.each([
    [
      'name\na\nb\na\n',
      [`${at}:4:1: the common name of device "a" is taken by device "a" at ${at}:2:1`],
    ],
    [
      'role,name\nsensor,a\n"sensor",a\n',
      [`${at}:3:10: the common name of device "a" is taken by device "a" at ${at}:2:8`],
    ],
    ['name\na b\n\n# c\n/\n', [`${at}:2:1: "a b" is no name`, `${at}:5:1: "/" is no name`]],
    ['x-room,name\n"Kitchen, left",/\n', [`${at}:2:17: "/" is no name`]],
    ['name,role\na,senser\n', [`${at}:2:3: unknown role "senser"`]],
    [
      'name,lifetime\na,soon\nb,20y\n',
      [`${at}:2:3: "soon" is not`, `${at}:3:3: 7300 days is longer`],
    ],
    ['name,key\na,p255\n', [`${at}:2:3: "p255" is no key algorithm. Hint: did you mean "p256"?`]],
    ['name,rol\na,b\n', [`${at}:1:6: unknown column "rol". Hint: did you mean "role"?`]],
    ['name,name\na,b\n', [`${at}:1:6: column "name" is there twice`]],
    ['device\na\n', [`${at}:1:1: the list has no "name" column`]],
    ['', [`${at}:1:1: the list has no "name" column`]],
    ['name,role\na,sensor,b\n', [`${at}:2:1: 3 cells under 2 columns`]],
    ['name\n"a\nb\n', [`${at}:3:1: this is not valid CSV`]],
    ['name\na\0\n', [`${at}:2:2: the file is not UTF-8 text`]],
    [Uint8Array.of(110, 97, 109, 101, 10, 255), [`${at}:2:1: the file is not UTF-8 text`]],
    ['role,name\nsensor\n', [`${at}:2:1: "" is no name`]],
  ])('%j', (text, expected) => {
    const mistakes = listed(text)
    expect(mistakes).toHaveLength(expected.length)
    for (const [index, start] of expected.entries()) expect(mistakes[index]).toContain(start)
  })

  test('they come where the profile names the list', () => {
    const profile = withList.replace('role: reader', 'role: nobody').replace('sensors/#', 'a##')
    const places = mistakesOf(profile, { [at]: 'name\n/\n' }).map(text => text.split(': ')[0])
    expect(places).toEqual(['bednet.yaml:8:22', `${at}:2:1`, 'bednet.yaml:13:25'])
  })

  test('a list that is not there is a mistake of the profile', () => {
    expect(mistakesOf(withList)).toEqual([
      'bednet.yaml:10:13: device list "lists/devices.csv" cannot be read: there is no such file. ' +
        'Hint: write the path of a CSV file, relative to the profile',
    ])
  })

  test('a row that is in a range of the profile too is named with both places', () => {
    const both = withList.replace(
      'devices:\n',
      'devices:\n  - { names: "e{1..9}", role: sensor }\n',
    )
    expect(mistakesOf(both, { [at]: 'name\ne5\n' })[0]).toContain(
      `${at}:2:1: the common name of device "e5" is taken by device "e5" at bednet.yaml:10:14`,
    )
  })
})

describe('many devices', () => {
  const many = (devices: string) =>
    soundProfile.replace('{ names: "esp32-{01..03}", role: sensor }', devices)

  test('of several roles there may be ten thousand', () => {
    const two = (count: number) =>
      many(`{ names: "e{1..${String(count)}}", role: sensor }\n  - { names: f, role: reader }`)
    expect(mistakesOf(two(9999))).toEqual([])
    expect(mistakesOf(two(10_000))[0]).toContain('10,001 devices have 2 roles')
  })

  test('all entries together have a limit, counted before they are written out', () => {
    const two = ['a{1..9}', 'b{1..1000000}'].map(names => `{ names: "${names}", role: sensor }`)
    expect(mistakesOf(many(two.join('\n  - ')))[0]).toContain('1,000,009 devices')
  })
})
