import { BednetError } from '../../error.js'
import { planJsonSchema } from '../../operations/plan-schema.js'
import { profileJsonSchema } from '../../profile/schema.js'
import type { Verb } from '../verb.js'

/** The files `profiles/*.schema.json`, letter for letter; in one line with `--json`. */
export const run: Verb = async ({ names, output }) => {
  const schema = await schemaOf(names[0] ?? 'profile')
  output.lines([JSON.stringify(schema, null, 2)])
  output.document(schema)
  return 0
}

async function schemaOf(document: string): Promise<object> {
  if (document === 'plan') return await planJsonSchema()
  if (document === 'profile') return profileJsonSchema()
  throw new BednetError('USAGE', `there is no schema of "${document}"`, {
    hint: 'there is one of a profile, and one of a plan',
  })
}
