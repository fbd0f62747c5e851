import { type Refusal, show } from './refusal.js'

/** A lifetime such as `90d` or `10y` in whole days; a year is 365 days. */
export function readDays(text: string): number | Refusal {
  const seconds = readSeconds(text)
  if (typeof seconds !== 'number') return seconds
  const days = seconds / secondsPerDay
  if (Number.isInteger(days) && days >= 1 && days <= longestDays) return days
  return {
    message: `${show(text)} is not a number of whole days from 1d to 100y`,
    hint: 'write days, weeks or years: 90d, 12w, 1y (365 days)',
  }
}

/** A duration such as `30s`, `5m` or `12h` in seconds. */
export function readSeconds(text: string): number | Refusal {
  const [, digits, unit] = /^(\d{1,9})([smhdwy])$/.exec(text) ?? []
  const size = unitSeconds.get(unit)
  if (digits !== undefined && size !== undefined) return Number(digits) * size
  return {
    message: `${show(text)} is not a duration`,
    hint: 'write a number and one unit out of s, m (minutes), h, d, w, y: 90d, 12h',
  }
}

/** A size such as `256kB`, `1MiB` or `2000000` in bytes; kB is 1000, KiB is 1024. */
export function readBytes(text: string): number | Refusal {
  const [, digits, unit] = /^(\d{1,12})(B|kB|KiB|MB|MiB)?$/.exec(text) ?? []
  if (digits !== undefined) return Number(digits) * (unitBytes.get(unit) ?? 1)
  return {
    message: `${show(text)} is not a size`,
    hint: 'write a number and one unit out of B, kB, KiB, MB, MiB: 256kB',
  }
}

/** Reads a number that must lie within what Mosquitto takes. */
export function within(least: number, most: number, unit: string) {
  return (value: number): number | Refusal => {
    if (value >= least && value <= most) return value
    return {
      message: `${String(value)} ${unit} is out of bounds`,
      hint: `Mosquitto takes ${String(least)} to ${String(most)} ${unit}`,
    }
  }
}

/** MQTT itself has no larger packets. */
export const largestPacketBytes = 268_435_455

/** Reads a TCP port that Mosquitto can open. */
export function readPort(port: number): number | Refusal {
  if (port >= 1024 && port <= 65_535) return port
  const isLow = port > 0 && port < 1024
  return {
    message: isLow
      ? `port ${String(port)} is below 1024, and Mosquitto has given up root when it opens its ports`
      : `${String(port)} is no port`,
    hint: 'use a port from 1024 to 65535, such as 1883 or 8883',
  }
}

const secondsPerDay = 24 * 60 * 60
const longestDays = 100 * 365

const unitSeconds = new Map<string | undefined, number>([
  ['s', 1],
  ['m', 60],
  ['h', 60 * 60],
  ['d', secondsPerDay],
  ['w', 7 * secondsPerDay],
  ['y', 365 * secondsPerDay],
])

const unitBytes = new Map<string | undefined, number>([
  ['B', 1],
  ['kB', 1000],
  ['KiB', 1024],
  ['MB', 1000 * 1000],
  ['MiB', 1024 * 1024],
])
