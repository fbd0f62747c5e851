/**
 * The fence around zod: what the schemas take of it, by name, so that the rest of it is left out of the
 * command.
 */
export {
  NEVER,
  array,
  boolean,
  enum,
  int,
  literal,
  record,
  strictObject,
  string,
  toJSONSchema,
  union,
} from 'zod'
export type { RefinementCtx, ZodType, core, output } from 'zod'
