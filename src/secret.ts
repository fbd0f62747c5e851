import { inspect } from 'node:util'

/** A value that may be used but not shown: printing, logging and JSON all yield "[secret]". */
export class Secret {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  /** The only way out. Searching for `.reveal(` lists every place a secret can escape. */
  reveal(): string {
    return this.#value
  }

  toString(): string {
    return '[secret]'
  }

  toJSON(): string {
    return '[secret]'
  }

  [inspect.custom](): string {
    return '[secret]'
  }
}
