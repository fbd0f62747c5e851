import { describe, expect, test } from 'vitest'
import { render, templateNames, type Templates } from '../../src/broker/render.js'
import { BednetError } from '../../src/error.js'
import { templates } from './small.js'

/** The error of a template that is filled, or what came of it. */
function filled(acl: string, values: object, more: Partial<Templates> = {}): unknown {
  try {
    return render({ ...templates, ...more, acl }, 'acl', values)
  } catch (error) {
    if (error instanceof BednetError) return error
    throw error
  }
}

test.each<readonly [string, object, string]>([
  ['{{site}}', { site: 'greenhouse' }, 'greenhouse'],
  // No HTML: an ACL has to say what was said.
  ['{{site}}', { site: `<a> & "b" 'c'` }, `<a> & "b" 'c'`],
  ['{{#each users}}{{name}};{{/each}}', { users: [{ name: 'a' }, { name: 'b' }] }, 'a;b;'],
  ['{{#if on}}yes{{else}}no{{/if}}', { on: false }, 'no'],
  ['{{#if on}}yes{{else}}no{{/if}}', { on: '' }, 'no'],
  ['{{n}}', { n: 0 }, '0'],
  ['é ü 漢', {}, 'é ü 漢'],
])('%j with %j: %j', (template, values, expected) => {
  expect(filled(template, values)).toBe(expected)
})

test('the listener is a part that broker.conf may use', () => {
  expect(filled('{{> listener}}', { port: 1 }, { 'listener.conf': 'port {{port}}' })).toBe('port 1')
})

const cannot = 'template "acl.hbs" cannot be filled'

describe('a template that cannot be filled says which, and why', () => {
  test.each<readonly [string, string, RegExp]>([
    ['an unknown name', '{{sight}}', /"sight" not defined/],
    ['an unknown name in an item', '{{#each users}}{{nam}}{{/each}}', /"nam" not defined/],
    ['an unknown helper', '{{shout site}}', /shout/],
    ['an unknown part', '{{> footer}}', /footer/],
    ['a block that is not closed', '{{#if site}}', /Parse error/],
    ['braces that are not closed', '{{site', /Parse error/],
  ])('%s', (_, template, hint) => {
    const error = filled(template, { site: 'greenhouse', users: [{ name: 'a' }] })
    expect(error).toMatchObject({
      code: 'TEMPLATE_INVALID',
      message: cannot,
      at: 'acl.hbs',
      hint: expect.stringMatching(hint) as unknown,
    })
  })
})

const smuggled = 'a value for "acl.hbs" has a control character'

describe('a value that could begin a line of its own is refused', () => {
  test.each(['\n', '\r', '\t', '\0', '\u001b', '\u007f'])('%j', character => {
    const name = `dashboard${character}topic readwrite #`
    for (const values of [{ name }, { users: [{ name }] }, { a: { b: { c: [name] } } }]) {
      // Refused before anything is filled: the template does not even use it.
      const error = filled('nothing', values)
      expect(error).toMatchObject({ code: 'TEMPLATE_INVALID', message: smuggled, at: 'acl.hbs' })
      expect(String((error as BednetError).hint)).not.toContain('topic readwrite')
    }
  })

  test.each(['two words', 'é', '漢', '~', '#', '{{site}}'])('%j is none', name => {
    expect(filled('{{name}}', { name })).toBe(name)
  })
})

test('there is a template for each name', () => {
  expect(Object.keys(templates).sort()).toEqual([...templateNames].sort())
})
