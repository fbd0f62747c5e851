import { profileJsonSchema } from '../../profile/schema.js'
import type { Verb } from '../verb.js'

/** The file `profiles/profile.schema.json`, letter for letter; in one line with `--json`. */
export const run: Verb = ({ output }) => {
  const schema = profileJsonSchema()
  output.lines([JSON.stringify(schema, null, 2)])
  output.document(schema)
  return Promise.resolve(0)
}
