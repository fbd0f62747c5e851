import { history } from '../../operations/history.js'
import { differingFiles, type KeptGeneration } from '../../plan/history.js'
import { failureDocument, showFailures } from '../failures.js'
import { hostsAtOnce } from '../limits.js'
import { openProject } from '../project.js'
import type { Verb } from '../verb.js'

export const run: Verb = async call => {
  const { options, world, output } = call
  const found = await history({
    project: await openProject(call),
    world,
    brokers: options.hosts,
    parallel: hostsAtOnce(options),
  })
  for (const each of found) {
    if ('error' in each) continue
    output.lines([output.paint.bold(`broker ${each.broker}`)])
    output.table(['generation', 'written', 'state', 'differs from the one before'], rows(each))
  }
  output.document({
    brokers: found.map(each => ('error' in each ? failureDocument(each) : document(each))),
  })
  return (
    (await showFailures(
      found.flatMap(each => ('error' in each ? [each] : [])),
      call,
    )) ?? 0
  )
}

interface Kept {
  readonly broker: string
  readonly generations: readonly KeptGeneration[]
}

function rows({ generations }: Kept): readonly (readonly string[])[] {
  return generations.map((each, index) => [
    String(each.number),
    each.madeAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    each.isCurrent ? 'in service' : 'kept',
    changesOf(each, generations[index + 1]),
  ])
}

function changesOf(one: KeptGeneration, before: KeptGeneration | undefined): string {
  return before === undefined ? '-' : differingFiles(one, before).join(', ') || 'nothing'
}

function document({ broker, generations }: Kept): object {
  return {
    broker,
    generations: generations.map(each => ({ ...each, files: Object.fromEntries(each.files) })),
  }
}
