import { readName } from './names.js'
import { isRefusal, type Refusal, show } from './refusal.js'

/** The most devices a profile may hold, counted before any name is written out. */
export const mostDevices = 1_000_000

/** Names that were written short: how many, and one after the other. */
export interface NameRange {
  readonly count: number
  readonly names: () => Generator<string>
}

/**
 * Reads a name with any number of ranges in it: `esp32-{001..100}` stands for esp32-001 to
 * esp32-100. A leading zero pads every number to the width of the longer end. All of them are names
 * that a device may have.
 */
export function readRange(text: string): NameRange | Refusal {
  const parts: Part[] = []
  for (const piece of text.split(/(\{[^{}]*\})/).filter(part => part !== '')) {
    const part = readPart(text, piece)
    if ('message' in part) return part
    parts.push(part)
  }
  const count = parts.reduce((product, part) => product * part.count, 1)
  if (count <= mostDevices) return wholesome({ count, names: () => expand(parts) }, parts)
  return {
    message: `range ${show(text)} stands for ${count.toLocaleString('en')} names`,
    hint: `a profile may hold ${mostDevices.toLocaleString('en')} devices at most`,
  }
}

/** All names differ in digits only, so the first and the longest, the last, tell for all. */
function wholesome(range: NameRange, parts: readonly Part[]): NameRange | Refusal {
  const first = parts.map(({ text }) => text(0)).join('')
  const last = parts.map(({ count, text }) => text(count - 1)).join('')
  const refusal = [first, last].map(name => readName('device', name)).find(isRefusal)
  return refusal ?? range
}

interface Part {
  readonly count: number
  readonly text: (index: number) => string
}

function readPart(range: string, piece: string): Part | Refusal {
  if (!/[{}]/.test(piece)) return { count: 1, text: () => piece }
  const [, low, high] = /^\{(\d{1,9})\.\.(\d{1,9})\}$/.exec(piece) ?? []
  if (low === undefined || high === undefined) {
    return {
      message: `range ${show(range)} cannot be read`,
      hint: 'write the first and the last number between braces: esp32-{001..100}',
    }
  }
  const count = Number(high) - Number(low) + 1
  if (count >= 1) return numbers(low, high)
  return {
    message: `range ${show(range)} yields nothing`,
    hint: `the first number must not be the larger one: {${high}..${low}}`,
  }
}

function numbers(low: string, high: string): Part {
  const isPadded = [low, high].some(end => end.length > 1 && end.startsWith('0'))
  const width = isPadded ? Math.max(low.length, high.length) : 0
  const first = Number(low)
  return {
    count: Number(high) - first + 1,
    text: index => String(first + index).padStart(width, '0'),
  }
}

function* expand(parts: readonly Part[], from = 0): Generator<string> {
  const part = parts[from]
  if (part === undefined) {
    yield ''
    return
  }
  for (let index = 0; index < part.count; index++) {
    for (const rest of expand(parts, from + 1)) yield part.text(index) + rest
  }
}
