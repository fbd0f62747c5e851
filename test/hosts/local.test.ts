import { openLocal } from '../../src/hosts/local.js'
import { shellContract } from '../contract/shell.js'

shellContract('local, as the invoking user', () =>
  Promise.resolve({ shell: openLocal({ asInvokingUser: true }), connection: /^/ }),
)

if (process.getuid?.() === 0) {
  shellContract('local, as root', () => Promise.resolve({ shell: openLocal(), connection: /^/ }))
}
