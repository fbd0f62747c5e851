import { command, type Command } from '../command.js'
import type { Machine } from './machine.js'
import { noRecord, type RecordSeen } from './record.js'
import type { Change, FirewallRule, Undoable } from './resource.js'

export interface FirewallSeen {
  readonly installed: boolean
  readonly active: boolean
  /** Where `IPV6=no`: ufw then takes no IPv6 rule, and lets nothing in by IPv6. */
  readonly ipv4Only?: boolean
  readonly rules: readonly RuleSeen[]
}

interface RuleSeen {
  readonly action: string
  /** `tcp`, `udp` or `any`. */
  readonly protocol: string
  /** A port, `80,443`, `8000:8010`, or `any`. */
  readonly port: string
  /** A CIDR block; `any` stands for 0.0.0.0/0 and ::/0. */
  readonly from: string
  readonly version: 4 | 6
  readonly comment: string
}

/** ufw's own files answer in a millisecond, also while it is inactive; `ufw status` does neither. */
export const firewallQuestion = String.raw`
command -v ufw >/dev/null && echo installed
awk 'BEGIN {
  for (i = 1; i < ARGC; i++) while ((getline < ARGV[i]) > 0) {
    if (i == 1 && tolower($0) ~ /^enabled=yes/) print "active"
    if (i == 2 && tolower($0) ~ /^ipv6="*no/) print "ipv4-only"
    if (i > 2 && sub(/^### tuple ### /, "")) print (i == 3 ? 4 : 6) " " $0
  }
}' /etc/ufw/ufw.conf /etc/default/ufw /etc/ufw/user.rules /etc/ufw/user6.rules
exit 0
`

export function parseFirewall(answer: string): FirewallSeen {
  const lines = answer.split('\n')
  return {
    installed: lines.includes('installed'),
    active: lines.includes('active'),
    ipv4Only: lines.includes('ipv4-only'),
    rules: lines.flatMap(parseRule),
  }
}

interface FirewallWanted {
  readonly site: string
  readonly enable: boolean
  readonly rules: readonly FirewallRule[]
  readonly record?: RecordSeen
}

interface FirewallDifference {
  readonly changes: readonly Change[]
  /** Every rule that there should be, our own way in among them, as ufw spells them. */
  readonly wanted: readonly FirewallRule[]
  /** How many of those are there. */
  readonly same: number
  readonly commands: readonly Undoable[]
  readonly enable: boolean
  /** Who gets in that did not, and who no longer does: `8883/tcp from any`. */
  readonly opens: readonly string[]
  readonly closes: readonly string[]
  readonly notes: readonly string[]
}

/** A rule that exists, whoever made it, is satisfied and left alone; only our own are deleted. */
export function compareFirewall(
  { site, enable, rules, record = noRecord }: FirewallWanted,
  seen: FirewallSeen,
  machine: Machine,
): FirewallDifference {
  // Rules bind nobody while ufw is not even installed; `enable` installs it with the packages.
  if (!seen.installed && !enable) return nothing
  const comment = `bednet ${site}`
  const login = loginRules(machine)
  const refused = seen.ipv4Only === true ? rules.filter(isIPv6) : []
  const wanted = [
    ...(enable ? login : []),
    ...rules.filter(rule => !refused.includes(rule)).map(asUfwSpells),
  ]
  // While ufw is active the rule for our own way in stays, whatever the profile says now.
  const needed = seen.active ? [...wanted, ...login] : wanted
  const isExtra = (rule: RuleSeen) => isOwn(rule, comment) && !needed.some(same(asWeSpell(rule)))
  const extra = distinct(seen.rules.filter(isExtra).map(asWeSpell))
  // One that goes satisfies nobody: "from anywhere" may be what a narrower rule takes the place of.
  const staying = { ...seen, rules: seen.rules.filter(rule => !isExtra(rule)) }
  const missing = wanted.filter(rule => !isSatisfied(rule, staying))
  const enabling = enable && !seen.active
  return {
    changes: ruleChanges({ missing, extra, enabling, record }),
    wanted,
    same: wanted.length - missing.length,
    commands: [
      ...missing.map(rule => ({ run: allow(rule, comment), undo: disallow(rule) })),
      ...extra.map(rule => ({ run: disallow(rule), undo: allow(rule, comment) })),
    ],
    enable: enabling,
    // While ufw is inactive all is open, and rules bind nobody.
    opens: seen.active ? missing.map(describePort) : [],
    closes: seen.active
      ? extra.filter(rule => !isSatisfied(rule, staying)).map(describePort)
      : enabling
        ? closedPorts(machine, wanted, staying.rules)
        : [],
    notes: [
      ...refused.map(rule => `${describeRule(rule)} stays closed: /etc/default/ufw says IPV6=no`),
      ...(enabling
        ? closedPorts(machine, wanted, staying.rules).map(
            port => `enabling the firewall closes ${port}`,
          )
        : []),
    ],
  }
}

interface RuleDifference {
  readonly missing: readonly FirewallRule[]
  readonly extra: readonly FirewallRule[]
  readonly enabling: boolean
  readonly record: RecordSeen
}

function ruleChanges({ missing, extra, enabling, record }: RuleDifference): readonly Change[] {
  const isDrift = true as const
  return [
    ...missing.map(rule => ({
      resource: describeRule(rule),
      action: 'create' as const,
      ...(record.rules.has(`${String(rule.port)} ${rule.from}`)
        ? { because: 'removed on the host', isDrift }
        : { because: 'no such rule' }),
    })),
    ...extra.map(rule => ({
      resource: describeRule(rule),
      action: 'delete' as const,
      because: 'ours, and no longer in the profile',
    })),
    ...(enabling
      ? [
          {
            resource: 'firewall',
            action: 'update' as const,
            ...(record.firewallEnabled
              ? { because: 'ufw was disabled on the host', isDrift }
              : { because: 'ufw is inactive' }),
          },
        ]
      : []),
  ]
}

const nothing: FirewallDifference = {
  changes: [],
  wanted: [],
  same: 0,
  commands: [],
  enable: false,
  opens: [],
  closes: [],
  notes: [],
}

/** ufw drops the mask of a single address and writes IPv6 in lower case. */
function asUfwSpells({ port, from }: FirewallRule): FirewallRule {
  const suffix = isIPv6({ from }) ? /\/128$/ : /\/32$/
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

function isIPv6({ from }: Pick<FirewallRule, 'from'>): boolean {
  return from.includes(':')
}

function isSatisfied(rule: FirewallRule, { rules, ipv4Only }: FirewallSeen): boolean {
  const both = ipv4Only === true ? [4] : [4, 6]
  const versions = rule.from === 'any' ? both : [isIPv6(rule) ? 6 : 4]
  return versions.every(version =>
    rules.some(
      seen =>
        seen.version === version &&
        letsIn(seen, rule.port) &&
        (seen.from === rule.from || seen.from === 'any'),
    ),
  )
}

/** Whether the rule lets somebody in to a TCP port. */
function letsIn({ action, protocol, port }: RuleSeen, wanted: number): boolean {
  if (action !== 'allow' && action !== 'limit') return false
  if (protocol !== 'tcp' && protocol !== 'any') return false
  if (port === 'any') return true
  return port.split(',').some(part => {
    const [first = NaN, last = first] = part.split(':').map(Number)
    return first <= wanted && wanted <= last
  })
}

/** Ours by comment, and of the one form that we make: `ufw delete` would not find another. */
function isOwn({ action, protocol, port, comment }: RuleSeen, ours: string): boolean {
  return comment === ours && action === 'allow' && protocol === 'tcp' && /^\d+$/.test(port)
}

function asWeSpell({ port, from }: RuleSeen): FirewallRule {
  return { port: Number(port), from }
}

/** A rule from anywhere stands in both files and is one rule. */
function distinct(rules: readonly FirewallRule[]): readonly FirewallRule[] {
  return rules.filter((rule, index) => rules.findIndex(same(rule)) === index)
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

function describeRule(rule: FirewallRule): string {
  return `firewall ${describePort(rule)}`
}

function describePort({ port, from }: FirewallRule): string {
  return `${String(port)}/tcp from ${from}`
}

/** Everything that listens off loopback and that no rule lets in once ufw is enabled. */
function closedPorts(
  machine: Machine,
  wanted: readonly FirewallRule[],
  rules: readonly RuleSeen[],
): readonly string[] {
  const closed = machine.listening.filter(
    ({ address, port }) =>
      !/^(::1$|(::ffff:)?127\.)/.test(address) &&
      !wanted.some(rule => rule.port === port) &&
      !rules.some(rule => letsIn(rule, port)),
  )
  const names = closed.map(({ port, program }) => `${String(port)}/tcp (${program ?? 'unknown'})`)
  return [...new Set(names)]
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
