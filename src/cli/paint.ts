import picocolors from 'picocolors'
import type { World } from '../world.js'
import type { Sink } from './sink.js'
import type { Paint } from './verb.js'

/** Colours for a terminal that has them; https://no-color.org. */
export function makePaint(
  { isTTY }: Pick<Sink, 'isTTY'>,
  environment: World['environment'],
): Paint {
  const isWanted = (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
  const { green, red, yellow, dim, bold } = picocolors.createColors(isTTY && isWanted)
  return { green, red, yellow, dim, bold }
}
