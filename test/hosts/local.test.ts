import { openLocal } from '../../src/hosts/local.js'
import { shellContract } from '../contract/shell.js'

// As root, and by the megabyte: local.real.ts.
shellContract('local, as the invoking user', () =>
  Promise.resolve({ shell: openLocal({ asInvokingUser: true }), connection: /^/ }),
)
