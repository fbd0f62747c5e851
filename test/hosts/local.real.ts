import { openLocal } from '../../src/hosts/local.js'
import { shellContract, shellVolumes } from '../contract/shell.js'

shellVolumes('local, as the invoking user', () =>
  Promise.resolve({ shell: openLocal({ asInvokingUser: true }), connection: /^/ }),
)

if (process.getuid?.() === 0) {
  for (const contract of [shellContract, shellVolumes]) {
    contract('local, as root', () => Promise.resolve({ shell: openLocal(), connection: /^/ }))
  }
}
