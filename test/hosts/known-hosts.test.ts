import { describe, expect, test } from 'vitest'

import {
  fingerprint,
  hostKeyTypes,
  judgeHostKey,
  knownHostLine,
  knownHostName,
  parseKnownHosts,
} from '../../src/hosts/known-hosts.js'

// Made by ssh-keygen; its `-l` shows the fingerprints below, its `-H` made the hashed names.
const a = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAICjIqIZ8R91QJ/nq/xO9KSgOtoKofcgGYXIQhyrs4inz'
const b = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHI5aW/tvz8RkTE3WNhkOS0zpg85vsMqHbr57SCwKWu7'
const c =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBHJBhU0rGI+hJK+N7TcWuLL6CuxYj86EOv2+axd7RFdcCbg5Ckl5sR3sfpBq4OtT4lKiDIjyvL7pOqsnuKR09ZI='
const hashedHub = '|1|ZfAmF99szSuTpvPlcRbpEdR5pJE=|DIXfPKT3Trd9PhRh21P88k59NBc='
const hashedHub2222 = '|1|+Qjs/K3ApsJr56tsS6/dNLVbBl4=|mLNArjN4QJsiOa+Qu3rFM3M3pPc='

const wire = (key: string): Buffer => Buffer.from(key.split(' ')[1] ?? '', 'base64')

interface Case {
  readonly title: string
  readonly lines: readonly string[]
  readonly name?: string
  readonly key?: string
  readonly verdict: string
  readonly at?: number
}

/** By default the host is hub.example.org and shows key a. */
const cases: readonly Case[] = [
  { title: 'no line', lines: [], verdict: 'unknown' },
  { title: 'its key', lines: [`hub.example.org ${a}`], verdict: 'trusted' },
  { title: 'its key with a comment', lines: [`hub.example.org ${a} ada@x`], verdict: 'trusted' },
  { title: 'one name of several', lines: [`x,hub.example.org,y ${a}`], verdict: 'trusted' },
  { title: 'a name in capitals', lines: [`HUB.example.org ${a}`], verdict: 'trusted' },
  { title: 'another host', lines: [`hub.example.com ${a}`], verdict: 'unknown' },
  { title: 'a dot is no wildcard', lines: [`hubXexample.org ${a}`], verdict: 'unknown' },
  { title: 'a name that only begins alike', lines: [`hub ${a}`], verdict: 'unknown' },
  { title: 'a star', lines: [`*.example.org ${a}`], verdict: 'trusted' },
  { title: 'a question mark', lines: [`hu?.example.org ${a}`], verdict: 'trusted' },
  { title: 'a negation', lines: [`*.example.org,!hub.example.org ${a}`], verdict: 'unknown' },
  { title: 'a negation of others', lines: [`*,!web.example.org ${a}`], verdict: 'trusted' },
  {
    title: 'another port',
    lines: [`hub.example.org ${a}`],
    name: '[hub.example.org]:2222',
    verdict: 'unknown',
  },
  {
    title: 'its port',
    lines: [`[hub.example.org]:2222 ${a}`],
    name: '[hub.example.org]:2222',
    verdict: 'trusted',
  },
  { title: 'a hashed name', lines: [`${hashedHub} ${a}`], verdict: 'trusted' },
  { title: 'a hashed name of another', lines: [`${hashedHub2222} ${a}`], verdict: 'unknown' },
  {
    title: 'a hashed name with its port',
    lines: [`${hashedHub2222} ${a}`],
    name: '[hub.example.org]:2222',
    verdict: 'trusted',
  },
  {
    title: 'another key of the same type',
    lines: ['# comment', '', `hub.example.org ${b}`],
    verdict: 'changed',
    at: 3,
  },
  {
    title: 'another key behind a hashed name',
    lines: [`${hashedHub} ${b}`],
    verdict: 'changed',
    at: 1,
  },
  {
    title: 'two keys, one of them right',
    lines: [`hub.example.org ${b}`, `hub.example.org ${a}`],
    verdict: 'trusted',
  },
  {
    title: 'a type that is not known, where others are',
    lines: [`hub.example.org ${c}`],
    verdict: 'changed',
    at: 1,
  },
  { title: 'two types, one of them right', lines: [`* ${c}`, `* ${a}`], verdict: 'trusted' },
  { title: 'revoked', lines: [`@revoked * ${a}`], verdict: 'revoked', at: 1 },
  {
    title: 'revoked beats known',
    lines: [`hub.example.org ${a}`, `@revoked hub.example.org ${a}`],
    verdict: 'revoked',
    at: 2,
  },
  { title: 'revoked for another host', lines: [`@revoked x ${a}`], verdict: 'unknown' },
  { title: 'another key revoked', lines: [`@revoked * ${b}`], verdict: 'unknown' },
  { title: 'an authority does not vouch', lines: [`@cert-authority * ${a}`], verdict: 'unknown' },
  { title: 'an unknown marker', lines: [`@trusted * ${a}`], verdict: 'unknown' },
  { title: 'a comment', lines: [`# hub.example.org ${a}`], verdict: 'unknown' },
  { title: 'a torn key', lines: [`hub.example.org ${a.slice(0, 30)}`], verdict: 'unknown' },
  { title: 'a type that the key denies', lines: [`* ssh-rsa ${a.slice(12)}`], verdict: 'unknown' },
  { title: 'protocol 1', lines: ['hub.example.org 1024 35 12345'], verdict: 'unknown' },
  { title: 'tabs and carriage returns', lines: [` hub.example.org\t${a}\r`], verdict: 'trusted' },
]

describe('known_hosts', () => {
  test.each(cases)('$title: $verdict', ({ lines, name, key = a, verdict, at }) => {
    const known = parseKnownHosts(lines.join('\n'), 'known_hosts')
    const judged = judgeHostKey(known, name ?? 'hub.example.org', wire(key))
    expect(judged.kind).toBe(verdict)
    expect('known' in judged ? judged.known.at : undefined).toBe(
      at === undefined ? undefined : `known_hosts:${String(at)}`,
    )
  })

  test('an authority that would vouch is named', () => {
    const known = parseKnownHosts(`@cert-authority *.example.org ${b}`, 'f')
    const judged = judgeHostKey(known, 'hub.example.org', wire(a))
    expect(judged).toMatchObject({ kind: 'unknown', authorities: [{ at: 'f:1' }] })
  })

  test.each([
    ['nothing known', '', 'ssh-ed25519'],
    ['ECDSA known', `hub ${c}`, 'ecdsa-sha2-nistp256'],
    ['ECDSA known under another name', `web ${c}`, 'ssh-ed25519'],
    ['ECDSA revoked', `@revoked hub ${c}`, 'ssh-ed25519'],
    ['both known', `hub ${c}\nhub ${a}`, 'ssh-ed25519'],
  ])('key types to ask for, %s: first %#', (_title, text, first) => {
    const types = hostKeyTypes(parseKnownHosts(text, 'f'), 'hub')
    expect(types[0]).toBe(first)
    expect(new Set(types).size).toBe(5)
  })

  test.each([
    ['hub.example.org', 22, 'hub.example.org'],
    ['HUB.example.org', 2222, '[hub.example.org]:2222'],
    ['2001:db8::1', 22, '2001:db8::1'],
    ['2001:db8::1', 2222, '[2001:db8::1]:2222'],
  ])('%s port %i is %s', (name, port, spelled) => {
    expect(knownHostName(name, port)).toBe(spelled)
  })

  test.each([
    [a, 'SHA256:Jbbp75JOl7/g0t02sO2UeMba66wsG2V68ayJVNxd2F0'],
    [b, 'SHA256:kJPAhYd8xcN3+zA69nMtJMxhRyS6/E3mrUL3ke9Fhwg'],
    [c, 'SHA256:fLN6BTlRodYezdp3JNS5S8+nnvM44HD+E4iFdjCH6JU'],
  ])('%s has the fingerprint that ssh-keygen shows', (key, shown) => {
    expect(fingerprint(wire(key))).toBe(shown)
  })

  test.each([[undefined], [Buffer.alloc(20, 7)]])('a new line is read back, salt %s', salt => {
    const line = knownHostLine('[hub]:2222', wire(c), salt)
    expect(line.includes('hub')).toBe(salt === undefined)
    expect(judgeHostKey(parseKnownHosts(line, 'f'), '[hub]:2222', wire(c)).kind).toBe('trusted')
    expect(judgeHostKey(parseKnownHosts(line, 'f'), 'hub', wire(c)).kind).toBe('unknown')
  })
})
