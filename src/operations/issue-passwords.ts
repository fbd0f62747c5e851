import { canaries } from '../broker/canary.js'
import { hashIterations, hashPassword, saltBytes } from '../broker/password.js'
import { Secret } from '../secret.js'
import { entryOf, type SecretEntry } from '../vault/layout.js'
import { passwordOf } from './due-passwords.js'
import type { Due } from './due.js'
import type { IssueInput } from './issuance.js'
import { drawSecret, requireSecret } from './secrets.js'

/** A password that is about to be hashed, and where its hash goes. */
interface NewPassword {
  readonly entry: SecretEntry
  readonly password: Secret
  readonly iterations: number
}

/** The passwords that are due: those of users from where the profile says, canaries' drawn. */
export async function userPasswords(
  input: IssueInput,
  due: readonly Due[],
): Promise<readonly NewPassword[]> {
  const { project, vault, world } = input
  const names = new Set(due.filter(({ kind }) => kind === 'password').map(({ name }) => name))
  const { folder } = project.fleet
  const places = { folder, vault, environment: world.environment, world }
  const passwords: NewPassword[] = []
  for (const user of project.fleet.users.filter(({ name }) => names.has(name))) {
    const password = await requireSecret(passwordOf(user), places)
    const kind = user.password.from === 'vault' ? 'generated' : 'chosen'
    passwords.push({
      entry: entryOf.user(user.name, 'hash'),
      password,
      iterations: hashIterations[kind],
    })
  }
  for (const { name } of canaries(project.fleet).filter(canary => names.has(canary.name))) {
    const password = drawSecret(world)
    await vault.writeSecret(entryOf.canary(name, 'password'), password)
    passwords.push({
      entry: entryOf.canary(name, 'hash'),
      password,
      iterations: hashIterations.generated,
    })
  }
  return passwords
}

export async function hashPasswords(
  { vault, world }: IssueInput,
  passwords: readonly NewPassword[],
): Promise<void> {
  for (const { entry, password, iterations } of passwords) {
    const hash = hashPassword(password, world.randomBytes(saltBytes), iterations)
    await vault.writeSecret(entry, new Secret(hash))
  }
}
