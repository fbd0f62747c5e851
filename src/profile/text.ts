import type { Mistake } from '../error.js'

/** A file as it was read. Bytes are better than text: a text no longer tells that it was no UTF-8. */
export type FileContent = string | Uint8Array

/** The text of a file, or the first thing that keeps it from being one. */
export function readText(path: string, content: FileContent, limitBytes: number): string | Mistake {
  if (content.length > limitBytes) return tooLarge(path, content.length, limitBytes)
  const text = typeof content === 'string' ? content : decode(content)
  const lines = text.replace(/^\ufeff/, '')
  const bad = forbidden.exec(lines)
  return bad ? forbiddenCharacter(path, lines, bad) : lines
}

/** Of a text that is not UTF-8, the replacement character marks the first place. */
function decode(content: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(content)
  } catch {
    return new TextDecoder('utf-8').decode(content).replace('\ufffd', notUtf8)
  }
}

// A lone surrogate can be in no decoded text, so it stands for the place that could not be decoded.
const notUtf8 = '\ud800'

// All of C0 but tab, line feed and carriage return; they have no business in YAML or CSV.
// eslint-disable-next-line no-control-regex -- finding control characters is the point
const forbidden = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]|\p{Cs}/u

function forbiddenCharacter(
  path: string,
  text: string,
  { index, 0: character }: RegExpExecArray,
): Mistake {
  const code = (character.codePointAt(0) ?? 0).toString(16).padStart(4, '0').toUpperCase()
  const lines = text.slice(0, index).split('\n')
  const at = `${path}:${String(lines.length)}:${String((lines.at(-1) ?? '').length + 1)}`
  return character === notUtf8 || character === '\0'
    ? { at, message: 'the file is not UTF-8 text', hint: 'save it as UTF-8' }
    : { at, message: `control character U+${code}`, hint: 'remove it; an editor can show it' }
}

function tooLarge(path: string, length: number, limitBytes: number): Mistake {
  return {
    at: `${path}:1:1`,
    message: `the file has ${megabytes(length)}, more than ${megabytes(limitBytes)}`,
    hint: 'check that it is the right file; many devices go into a CSV file or a range',
  }
}

function megabytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1e6))} MB`
}
