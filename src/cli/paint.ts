import { styleText } from 'node:util'
import type { World } from '../world.js'
import type { Sink } from './sink.js'
import type { Paint } from './verb.js'

/** Colours for a terminal that has them; https://no-color.org. */
export function makePaint(
  { isTerminal }: Pick<Sink, 'isTerminal'>,
  environment: World['environment'],
): Paint {
  const isWanted = (environment['NO_COLOR'] ?? '') === '' && environment['TERM'] !== 'dumb'
  const isShown = isWanted && isTerminal()
  const painter = (style: keyof Paint) => (text: string) =>
    // Later releases of Node would look at the streams of the process, and decide again.
    isShown ? styleText(style, text, { validateStream: false }) : text
  return {
    green: painter('green'),
    red: painter('red'),
    yellow: painter('yellow'),
    dim: painter('dim'),
    bold: painter('bold'),
  }
}
