import { openLocal } from '../../src/hosts/local.js'
import { shellVolumes } from '../contract/shell.js'

shellVolumes('local, as the invoking user', () =>
  Promise.resolve({ shell: openLocal({ asInvokingUser: true }), connection: /^/ }),
)

if (process.getuid?.() === 0) {
  shellVolumes('local, as root', () => Promise.resolve({ shell: openLocal(), connection: /^/ }))
}
