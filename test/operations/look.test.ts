import { expect, test } from 'vitest'
import { BednetError } from '../../src/error.js'
import type { Host } from '../../src/hosts/host.js'
import { lookAtAll, type Basis, type Look, type Seen } from '../../src/operations/look.js'

test('where what is due cannot be found, no host is waited for, and each is closed in the end', async () => {
  const failure = new BednetError('NAME_REUSED', 'a name was revoked')
  let answer: (looks: readonly Look[]) => void = () => undefined
  const looking = new Promise<readonly Look[]>(resolve => {
    answer = resolve
  })
  await expect(lookAtAll(Promise.reject<Basis>(failure), () => looking)).rejects.toBe(failure)
  const closed = new Promise<void>(resolve => {
    const close = (): Promise<void> => {
      resolve()
      return Promise.resolve()
    }
    answer([{ host: { close } as Host } as Seen])
  })
  await closed
})
