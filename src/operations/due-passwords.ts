import { canaries } from '../broker/canary.js'
import { verifyPassword } from '../broker/password.js'
import type { User } from '../profile/fleet.js'
import { entryOf } from '../vault/layout.js'
import { absent, type Due, type DueInput } from './due.js'
import { findSecret, type SecretWanted } from './secrets.js'

/**
 * Users and canaries whose hash is missing or no longer fits. A password that is not at hand now is
 * taken for unchanged, so that a run that changes nothing needs none.
 */
export async function passwordsDue(input: DueInput): Promise<readonly Due[]> {
  const { fleet } = input.project
  const due: Due[] = []
  for (const user of fleet.users) {
    const because = await whyHash(user, input)
    if (because !== false) due.push({ kind: 'password', name: user.name, because })
  }
  for (const { name } of canaries(fleet)) {
    const hash = await input.vault.readSecret(entryOf.canary(name, 'hash'))
    const password = await input.vault.readSecret(entryOf.canary(name, 'password'))
    if (hash === undefined || password === undefined)
      due.push({ kind: 'password', name, because: absent })
  }
  return due
}

export function passwordOf({ name, password }: User): SecretWanted {
  return {
    source: password,
    what: `the password of user "${name}"`,
    entry: entryOf.user(name, 'password'),
  }
}

async function whyHash(user: User, { project, vault, world }: DueInput): Promise<string | false> {
  const hash = await vault.readSecret(entryOf.user(user.name, 'hash'))
  if (hash === undefined) return absent
  const { folder } = project.fleet
  const { environment } = world
  const password = await findSecret(passwordOf(user), { folder, vault, environment })
  // What is drawn is kept: where the vault has none, the hash is of one that came from elsewhere.
  if (password === undefined) return user.password.from === 'vault' && absent
  if (verifyPassword(password, hash.reveal())) return false
  return 'the password is another one now'
}
