/** What a schema found, in zod's own words; `issues.ts` puts it into ours. */
export interface SchemaIssue {
  readonly code: string
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly input?: unknown
  readonly expected?: string | undefined
  readonly values?: readonly unknown[] | undefined
  readonly keys?: readonly string[] | undefined
  readonly minimum?: number | bigint | undefined
  readonly maximum?: number | bigint | undefined
  readonly errors?: readonly (readonly SchemaIssue[])[] | undefined
  readonly params?: Readonly<Record<string, unknown>> | undefined
}
