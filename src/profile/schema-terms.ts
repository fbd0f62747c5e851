import { keyAlgorithms } from '../algorithm.js'
import type { SecretSource } from './fleet.js'
import { readName, readPath } from './names.js'
import { readBytes, readDays, readSeconds } from './quantity.js'
import { isRefusal, type Reader, type Refusal } from './refusal.js'
import * as z from './zod.js'

/** Runs a reader inside a schema; a refusal's hint travels beside its message. */
export function through<Written, Value>(read: (written: Written) => Value | Refusal) {
  return (written: Written, context: z.RefinementCtx<Written>): Value => {
    const value = read(written)
    if (!isRefusal(value)) return value
    const { message, hint } = value
    context.addIssue({ code: 'custom', message, params: { hint }, input: written })
    return z.NEVER
  }
}

/** A text of the profile that stands for a value. */
export function text<Value>(read: Reader<Value>) {
  return z.string().transform(through(read))
}

/** The same where a bare number is a likely mistake; the issue's message is what to write instead. */
function withUnit(read: Reader<number>, unit: string) {
  const error = ({ input }: { readonly input?: unknown }) =>
    typeof input === 'number' ? `add the unit: ${String(input)}${unit}` : undefined
  return z.string({ error }).transform(through(read))
}

/**
 * A map that takes no other keys. The message of its `unrecognized_keys` issue lists the keys it
 * does take, from which a suggestion is made.
 */
export function map<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: issue => (issue.code === 'unrecognized_keys' ? Object.keys(shape).join(' ') : undefined),
  })
}

export function oneOrMore<Item extends z.ZodType>(item: Item) {
  return z.union([item.transform(one => [one]), z.array(item).min(1)])
}

export const days = withUnit(readDays, 'd').meta({
  pattern: '^\\d+[smhdwy]$',
  examples: ['90d', '1y', '10y'],
})
export const seconds = withUnit(readSeconds, 's').meta({
  pattern: '^\\d+[smhdwy]$',
  examples: ['60s', '10m'],
})
export const bytes = z.union([z.int(), text(readBytes)])

export const secret = z
  .union([
    z.enum(['prompt', 'generated']),
    map({ env: text(name => readName('environment', name)) }),
    map({ file: text(readPath) }),
  ])
  .transform((source): SecretSource => {
    if (source === 'prompt') return { from: 'prompt' }
    if (source === 'generated') return { from: 'vault' }
    if ('env' in source) return { from: 'env', name: source.env }
    return { from: 'file', path: source.file }
  })

/** One that somebody has; it cannot be drawn. */
export const heldSecret = z
  .union([
    z.literal('prompt'),
    map({ env: text(name => readName('environment', name)) }),
    map({ file: text(readPath) }),
  ])
  .transform((source): SecretSource => {
    if (source === 'prompt') return { from: 'prompt' }
    return 'env' in source ? { from: 'env', name: source.env } : { from: 'file', path: source.file }
  })

export const secretForms =
  '{ env: NAME } reads an environment variable, { file: PATH } a file, "prompt" asks, ' +
  '"generated" draws it once and keeps it in the vault (mode 0600). Never the secret itself.'

export const key = z.enum(keyAlgorithms).prefault('p256').describe('Algorithm of the key pair.')
export const lifetime = (byDefault: string, whose: string) =>
  days.prefault(byDefault).describe(`How long ${whose} certificate is good for; whole days.`)
