import { readFileSync } from 'node:fs'
import * as z from 'zod'

/** The published schema, in its own words and read by a library that did not write it. */
const schema = z.fromJSONSchema(
  JSON.parse(
    readFileSync(new URL('../../profiles/plan.schema.json', import.meta.url), 'utf8'),
  ) as z.core.JSONSchema.JSONSchema,
)

/** What of a document of `bednet plan --json` the published schema does not allow. */
export function againstSchema(document: unknown): readonly string[] {
  // As a script gets it: by way of a text.
  const { error } = schema.safeParse(JSON.parse(JSON.stringify(document)))
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`)
}
