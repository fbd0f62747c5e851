import type { Command } from '../../src/command.js'
import type { FirewallSeen } from '../../src/plan/firewall.js'
import type { Observed } from '../../src/plan/plan.js'
import type { Plan } from '../../src/plan/resource.js'
import { afterApt, generationOf } from './seen.js'

/** The host after a plan was carried out, as far as a plan can see. */
export function obeyed(plan: Plan, seen: Observed): Observed {
  const { generation, firewall, service } = plan
  const next = generation ? { ...generationOf(generation.files), current: generation.number } : {}
  const after = { ...seen.generation, ...next, linked: true }
  const source = plan.build ?? seen.packages.source
  return {
    ...seen,
    packages: {
      mosquitto: seen.packages.mosquitto,
      installed: [...seen.packages.installed, ...plan.install],
      ...(source === undefined || source === 'remove' ? {} : { source }),
    },
    archive: plan.archive === undefined ? seen.archive : afterApt(plan.archive),
    generation: { ...after, loaded: after.current },
    firewall: firewall.commands.reduce<FirewallSeen>((rules, { run }) => afterUfw(rules, run), {
      ...seen.firewall,
      installed: true,
      active: seen.firewall.active || firewall.enable,
    }),
    service: {
      running: seen.service.running || service.action === 'restart',
      enabled: seen.service.enabled || service.enable,
      processId: 538,
    },
  }
}

/** `ufw [delete] allow proto tcp from X to any port N [comment C]`: one rule, or one for each IP. */
function afterUfw(seen: FirewallSeen, { argv }: Command): FirewallSeen {
  const [, verb] = argv
  const after = (word: string): string => argv[argv.indexOf(word) + 1] ?? ''
  const from = after('from')
  const port = after('port')
  const others = seen.rules.filter(rule => rule.port !== port || rule.from !== from)
  if (verb === 'delete') return { ...seen, rules: others }
  const versions = from === 'any' ? ([4, 6] as const) : ([4] as const)
  const added = versions.map(version => ({ ...allowed, port, from, version }))
  return { ...seen, rules: [...others, ...added] }
}

export const allowed = { action: 'allow', protocol: 'tcp', comment: 'bednet greenhouse' }
