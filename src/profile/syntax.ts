import type { Refusal } from './refusal.js'

/**
 * What is wrong with YAML that cannot be read, by the YAML reader's code. Its own messages are not
 * used: they quote the source, and that may be a secret.
 */
export function explainSyntax(code: string): Refusal {
  return refusals.get(code) ?? other
}

const other: Refusal = {
  message: 'this is not valid YAML',
  hint: 'check the quotes, brackets and colons on this line and the one before it',
}

const refusals: ReadonlyMap<string, Refusal> = new Map(
  Object.entries({
    TAB_AS_INDENT: {
      message: 'a tab indents this line',
      hint: 'YAML takes spaces only: two for each level',
    },
    BAD_INDENT: {
      message: 'this line is indented otherwise than its neighbours, or a bracket above is open',
      hint: 'give all keys of one map the same column, and close every [ and {',
    },
    MISSING_CHAR: {
      message: 'a quote, a bracket or a blank is missing',
      hint: 'close what is open; a text with "#" in front, such as "#", needs quotes',
    },
    BAD_SCALAR_START: {
      message: 'a text cannot begin with this character',
      hint: 'put the text in quotes, as in "%u/#"',
    },
    BAD_DQ_ESCAPE: {
      message: 'unknown escape in a text in double quotes',
      hint: 'use single quotes, or double the backslash',
    },
    BLOCK_AS_IMPLICIT_KEY: {
      message: 'a second colon on one line',
      hint: 'put a text with ": " in it in quotes, or begin a new line',
    },
    MULTIPLE_DOCS: {
      message: 'a second YAML document begins here',
      hint: 'a profile is one document: remove the "---", or make two files',
    },
    TAG_RESOLVE_FAILED: {
      message: 'a YAML tag ("!…") that bednet does not know',
      hint: 'remove it; a secret is { env: NAME } or { file: PATH }',
    },
    BAD_ALIAS: {
      message: 'an alias ("*…") without a name',
      hint: 'put a text that begins with "*" in quotes',
    },
    UNEXPECTED_TOKEN: {
      message: 'something is left over after a value',
      hint: 'put the whole text in quotes, or indent the line like its neighbours',
    },
  }),
)
