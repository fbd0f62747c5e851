import type { Secret } from './secret.js'

/** Something worth telling while work goes on; `cli/report.ts` decides how it looks. */
export interface Event {
  /** Stable kebab-case name, e.g. `certificate-issued`. */
  readonly kind: string
  /** One sentence for a person; never holds a secret. */
  readonly message: string
  /** Broker or device it is about. */
  readonly about?: string
  /** Present on long work: what is done and what there is to do. */
  readonly progress?: { readonly done: number; readonly total: number }
}

/** What bednet needs from outside itself. `cli/main.ts` makes the real one; a test makes its own. */
export interface World {
  readonly now: () => Date
  readonly randomBytes: (count: number) => Uint8Array
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly report: (event: Event) => void
  /** Asks a person for a secret; undefined where nobody is there to ask (no TTY, or CI). */
  readonly ask: ((question: string) => Promise<Secret>) | undefined
  /** Asks a person yes or no; undefined where nobody is there to ask. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined
}
