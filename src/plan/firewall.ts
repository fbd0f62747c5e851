import { command, type Command } from '../command.js'
import type { Machine } from './machine.js'
import type { Change, FirewallRule, Undoable } from './resource.js'

export interface FirewallSeen {
  readonly installed: boolean
  readonly active: boolean
  readonly rules: readonly RuleSeen[]
}

interface RuleSeen {
  readonly action: string
  /** `tcp`, `udp` or `any`. */
  readonly protocol: string
  /** A port, or what ufw writes for more than one; `any`. */
  readonly port: string
  /** A CIDR block; `any` stands for 0.0.0.0/0 and ::/0. */
  readonly from: string
  readonly version: 4 | 6
  readonly comment: string
}

/** ufw's own files answer in a millisecond, also while it is inactive; `ufw status` does neither. */
export const firewallQuestion = String.raw`
command -v ufw >/dev/null && echo installed
grep -qi '^ENABLED=yes' /etc/ufw/ufw.conf 2>/dev/null && echo active
sed -n 's/^### tuple ### /4 /p' /etc/ufw/user.rules 2>/dev/null
sed -n 's/^### tuple ### /6 /p' /etc/ufw/user6.rules 2>/dev/null
exit 0
`

export function parseFirewall(answer: string): FirewallSeen {
  const lines = answer.split('\n')
  return {
    installed: lines.includes('installed'),
    active: lines.includes('active'),
    rules: lines.flatMap(parseRule),
  }
}

export interface FirewallWanted {
  readonly site: string
  readonly enable: boolean
  readonly rules: readonly FirewallRule[]
}

export interface FirewallDifference {
  readonly changes: readonly Change[]
  readonly commands: readonly Undoable[]
  readonly enable: boolean
  readonly notes: readonly string[]
}

/** A rule that exists, whoever made it, is satisfied and left alone; only our own are deleted. */
export function compareFirewall(
  { site, enable, rules }: FirewallWanted,
  seen: FirewallSeen,
  machine: Machine,
): FirewallDifference {
  // Rules bind nobody while ufw is not even installed; `enable` installs it with the packages.
  if (!seen.installed && !enable) return nothing
  const comment = `bednet ${site}`
  const login = loginRules(machine)
  const wanted = [...(enable ? login : []), ...rules.map(asUfwSpells)]
  const missing = wanted.filter(rule => !isSatisfied(rule, seen.rules))
  // While ufw is active the rule for our own way in stays, whatever the profile says now.
  const needed = seen.active ? [...wanted, ...login] : wanted
  const extra = ownRules(seen.rules, comment).filter(rule => !needed.some(same(rule)))
  const enabling = enable && !seen.active
  return {
    changes: [
      ...missing.map(rule => ({
        resource: describeRule(rule),
        action: 'create' as const,
        because: 'no such rule',
      })),
      ...extra.map(rule => ({
        resource: describeRule(rule),
        action: 'delete' as const,
        because: 'ours, and no longer in the profile',
      })),
      ...(enabling
        ? [{ resource: 'firewall', action: 'update' as const, because: 'ufw is inactive' }]
        : []),
    ],
    commands: [
      ...missing.map(rule => ({ run: allow(rule, comment), undo: disallow(rule) })),
      ...extra.map(rule => ({ run: disallow(rule), undo: allow(rule, comment) })),
    ],
    enable: enabling,
    notes: enabling ? closedPorts(machine, wanted, seen.rules) : [],
  }
}

const nothing: FirewallDifference = { changes: [], commands: [], enable: false, notes: [] }

/** ufw drops the mask of a single address and writes IPv6 in lower case. */
function asUfwSpells({ port, from }: FirewallRule): FirewallRule {
  const suffix = from.includes(':') ? /\/128$/ : /\/32$/
  return { port, from: from.toLowerCase().replace(suffix, '') }
}

/** The way we came in, or from the machine itself every port that sshd answers. */
function loginRules(machine: Machine): readonly FirewallRule[] {
  const ports =
    machine.sshPort === undefined
      ? machine.listening.filter(({ program }) => program === 'sshd').map(({ port }) => port)
      : [machine.sshPort]
  return [...new Set(ports)].map(port => ({ port, from: 'any' }))
}

function isSatisfied(rule: FirewallRule, rules: readonly RuleSeen[]): boolean {
  const versions = rule.from === 'any' ? [4, 6] : [rule.from.includes(':') ? 6 : 4]
  return versions.every(version =>
    rules.some(
      seen =>
        seen.version === version &&
        (seen.action === 'allow' || seen.action === 'limit') &&
        (seen.protocol === 'tcp' || seen.protocol === 'any') &&
        (seen.port === String(rule.port) || seen.port === 'any') &&
        (seen.from === rule.from || seen.from === 'any'),
    ),
  )
}

/** Ours by comment; a rule from anywhere stands in both files and is one rule. */
function ownRules(rules: readonly RuleSeen[], comment: string): readonly FirewallRule[] {
  const own = rules
    .filter(rule => rule.comment === comment)
    .map(rule => ({ port: Number(rule.port), from: rule.from }))
  return own.filter((rule, index) => own.findIndex(same(rule)) === index)
}

function same(a: FirewallRule): (b: FirewallRule) => boolean {
  return b => a.port === b.port && a.from === b.from
}

function allow(rule: FirewallRule, comment: string): Command {
  return command('ufw', ...ruleWords(rule), 'comment', comment)
}

function disallow(rule: FirewallRule): Command {
  return command('ufw', 'delete', ...ruleWords(rule))
}

function ruleWords({ port, from }: FirewallRule): readonly string[] {
  return ['allow', 'proto', 'tcp', 'from', from, 'to', 'any', 'port', String(port)]
}

function describeRule({ port, from }: FirewallRule): string {
  return `firewall ${String(port)}/tcp from ${from}`
}

/** Everything that listens off loopback and that no rule lets in once ufw is enabled. */
function closedPorts(
  machine: Machine,
  wanted: readonly FirewallRule[],
  rules: readonly RuleSeen[],
): readonly string[] {
  const closed = machine.listening.filter(
    ({ address, port, program }) =>
      !address.startsWith('127.') &&
      address !== '::1' &&
      program !== 'mosquitto' &&
      !wanted.some(rule => rule.port === port) &&
      !rules.some(rule => rule.port === String(port)),
  )
  const names = closed.map(({ port, program }) => `${String(port)}/tcp (${program ?? 'unknown'})`)
  return [...new Set(names)].map(name => `enabling the firewall closes ${name}`)
}

/**
 * `allow tcp 8883 0.0.0.0/0 any 192.0.2.0/24 in comment=62656…` (action, protocol, destination
 * port and address, source port and address; application rules carry two names before `in`).
 */
function parseRule(line: string): readonly RuleSeen[] {
  const match = /^([46]) (\S+) (\S+) (\S+) (\S+) (\S+) (\S+) (.*)$/.exec(line)
  const [, version, action, protocol, port, to, sourcePort, from, rest] = match ?? []
  if (version === undefined || action === undefined || rest === undefined) return []
  // Rules for one address, one source port, one interface or the way out satisfy nobody else.
  const anywhere = to === '0.0.0.0/0' || to === '::/0'
  if (!anywhere || sourcePort !== 'any' || !/(^| )in( |$)/.test(rest)) return []
  return [
    {
      action: action.replace(/_log(-all)?$/, ''),
      protocol: protocol ?? '',
      port: port ?? '',
      from: from === '0.0.0.0/0' || from === '::/0' ? 'any' : (from ?? ''),
      version: version === '4' ? 4 : 6,
      comment: decodeComment(/comment=([0-9a-f]+)/.exec(rest)?.[1] ?? ''),
    },
  ]
}

function decodeComment(hex: string): string {
  return Buffer.from(hex, 'hex').toString('utf8')
}
