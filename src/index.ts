/** The face of `bednet`: a profile read as the command reads it, and what comes of it. */
export { BednetError, type ErrorCode, type Mistake } from './error.js'
export { describeMistake, readProfile, type ProfileSource } from './profile/profile.js'
export { profileJsonSchema } from './profile/schema.js'
export type { Fleet } from './profile/fleet.js'
export { Secret } from './secret.js'
