import { join } from 'node:path'
import { keyAlgorithms } from '../../src/algorithm.js'
import { questions, type Ports, type Question } from './question.js'
import { serve } from './server.js'
import { makeSite, type Site } from './site.js'
import type { Answer, Stack } from './stack.js'

/** What one stack has said. */
export interface Said {
  readonly stack: string
  readonly version: string
  readonly answers: ReadonlyMap<string, Answer>
}

export interface Ran {
  readonly questions: readonly Question[]
  readonly said: readonly Said[]
}

/** Asks every stack everything, a few stacks at once. */
export async function run(stacks: readonly Stack[], folder: string): Promise<Ran> {
  const sites = await Promise.all(keyAlgorithms.map(each => makeSite(join(folder, 'site'), each)))
  const served = await Promise.all(sites.map(serveSite))
  try {
    const asked = served.flatMap(({ questions: each }) => each)
    const said = await inTurns(stacks, stack => ask(stack, asked))
    return { questions: asked, said }
  } finally {
    for (const { close } of served) close()
  }
}

/** All of them let our clients in, so that it is for those to refuse what is foreign or misnamed. */
async function serveSite(site: Site) {
  const { ours, foreign } = site
  const start = (certificate: string, key = ours.key) =>
    serve({ certificate, key, authority: ours.root, revoked: [ours.list, ours.listBelow] })
  const servers = {
    ours: await start(ours.leaves.broker),
    foreign: await start(foreign.leaves.broker, foreign.key),
    below: await start(ours.below.broker),
    foreignBelow: await start(foreign.below.broker, foreign.key),
    named: await start(ours.permitted.named),
    addressed: await start(ours.permitted.addressed),
    outside: await start(ours.permitted.outside),
  }
  const all = Object.entries(servers)
  const ports = Object.fromEntries(all.map(([name, { port }]) => [name, port])) as unknown as Ports
  return {
    questions: questions(site, ports),
    close: () => {
      for (const [, server] of all) server.close()
    },
  }
}

/** A stack that ends early has answered nothing, which is a fault of each of its cells. */
async function ask(stack: Stack, asked: readonly Question[]): Promise<Said> {
  const begun = Date.now()
  const { name } = stack
  try {
    const answers = await stack.answer(asked)
    process.stderr.write(`${name}: ${((Date.now() - begun) / 1000).toFixed(1)} s\n`)
    return { stack: name, version: await stack.version(), answers }
  } catch (error) {
    process.stderr.write(`${name}: ${String(error)}\n`)
    return { stack: name, version: '?', answers: new Map() }
  }
}

const atOnce = 3

async function inTurns<Item, Result>(
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Map<number, Result>()
  const queue = [...items.entries()]
  const strand = async () => {
    for (let next = queue.shift(); next; next = queue.shift()) {
      results.set(next[0], await work(next[1]))
    }
  }
  await Promise.all(Array.from({ length: atOnce }, strand))
  return [...results].sort(([a], [b]) => a - b).map(([, result]) => result)
}
