import type { VerbRow } from './verb.js'

/** Every verb there is, in the order of `--help`: one that cannot be done yet has no row. */
export const verbs: readonly VerbRow[] = [
  {
    name: 'init',
    summary: 'write a commented profile to start from',
    words: '[FILE]',
    examples: [
      ['bednet init', 'writes ./bednet.yaml'],
      ['bednet init garden.yaml', 'writes another file'],
    ],
    load: () => import('./verbs/init.js'),
  },
  {
    name: 'check',
    summary: 'read the profile: all its mistakes, and what it would be wise to change',
    examples: [
      ['bednet check', 'reads ./bednet.yaml'],
      ['bednet check -f garden.yaml --json', 'for a script: counts and remarks, or the mistakes'],
    ],
    load: () => import('./verbs/check.js'),
  },
  {
    name: 'render',
    summary: 'write what would reach each host; talks to nobody',
    options: ['out', 'mosquitto', 'sandbox'],
    examples: [
      ['bednet render', 'prints every file, names of secrets in place of secrets'],
      ['bednet render --out build', 'writes build/BROKER/…'],
    ],
    load: () => import('./verbs/render.js'),
  },
  {
    name: 'plan',
    summary: 'ask the hosts and show what would change, and why; changes nothing',
    options: ['planOut', 'sandbox', 'parallel'],
    examples: [
      ['bednet plan', 'exits 2 where something would change'],
      ['bednet plan --host hub --json', 'one broker, as a value ("bednet schema plan")'],
      ['bednet plan --out change.json', 'saves it, for "bednet up --plan change.json"'],
    ],
    load: () => import('./verbs/plan.js'),
  },
  {
    name: 'up',
    summary: 'issue, plan, apply and verify; a second run changes nothing',
    options: ['plan', 'sandbox', 'reuseNames', 'noVerify', 'lockWait', 'parallel'],
    examples: [
      ['bednet up --sandbox', 'all of it on this machine first'],
      ['bednet up', 'for real; shows the plan and asks'],
      ['bednet up --yes', 'for scripts'],
    ],
    load: () => import('./verbs/up.js'),
  },
  {
    name: 'verify',
    summary: 'prove the running brokers: what must work, and what must fail',
    options: ['sandbox', 'parallel'],
    examples: [
      ['bednet verify', 'exits 3 where a proof fails'],
      ['bednet verify --json', 'each proof with its reason'],
    ],
    load: () => import('./verbs/verify.js'),
  },
  {
    name: 'status',
    summary: 'show brokers, expiry and drift: profile, vault, host and port side by side',
    options: ['sandbox', 'within', 'parallel'],
    examples: [
      ['bednet status', 'exits 2 for drift, 4 where something expires within 30 days'],
      ['bednet status --within 7d', 'with a shorter window'],
    ],
    load: () => import('./verbs/status.js'),
  },
  {
    name: 'list',
    summary: 'list devices and their certificates',
    words: '[NAME…]',
    options: ['role', 'state', 'label', 'history', 'csv', 'sandbox'],
    examples: [
      ['bednet list --json', 'state, serial, expiry and labels of each'],
      ["bednet list 'pump-*' --state expired", 'some of them; * stands for any characters'],
      ['bednet list esp32-001 --all', 'all certificates that it has had'],
    ],
    load: () => import('./verbs/list.js'),
  },
  {
    name: 'audit',
    summary: 'check the ledger’s chain, and the vault and the revocation list against it',
    options: ['everySignature', 'sandbox'],
    examples: [
      ['bednet audit', 'names each line at fault and what to do; exits 1 where there is one'],
      ['bednet audit --all --json', 'every signature; for a script'],
    ],
    load: () => import('./verbs/audit.js'),
  },
  {
    name: 'import',
    summary: 'take over an authority: PEM files, an easy-rsa folder, OwnTracks’ generate-CA.sh',
    words: 'PATH',
    options: ['key', 'crl', 'sandbox'],
    examples: [
      ['bednet import /etc/easy-rsa/pki', 'its certificate, key and all that it has revoked'],
      ['bednet import ca.crt --key ca.key', 'says what strict clients will refuse in it'],
      [
        'BEDNET_IMPORT_PASSPHRASE=… bednet import ca.pem',
        'where its key is encrypted; else it asks',
      ],
    ],
    load: () => import('./verbs/import.js'),
  },
  {
    name: 'issue',
    summary: 'issue the credentials that devices lack; no name: all devices',
    words: '[NAME…]',
    options: ['from', 'csr', 'out', 'archive', 'sandbox', 'reuseNames'],
    examples: [
      ['bednet issue esp32-001 esp32-002', 'these two; without a name all of the profile'],
      ['bednet issue --from list.csv --archive all.tar.gz', 'a whole list: name,role and labels'],
      ['bednet issue --csr pump-1.csr > pump-1.crt', 'a key that never leaves its device'],
    ],
    load: () => import('./verbs/issue.js'),
  },
  {
    name: 'history',
    summary: 'list the generations that each host keeps',
    options: ['sandbox', 'parallel'],
    examples: [['bednet history', 'number, when it was written, and what it changed']],
    load: () => import('./verbs/history.js'),
  },
  {
    name: 'rollback',
    summary: 'have hosts serve an earlier generation again; who was revoked stays out',
    options: ['sandbox', 'to', 'lockWait', 'parallel'],
    examples: [
      ['bednet rollback', 'to the one before; asks first'],
      ['bednet rollback --host hub --to 3', 'one broker, to a certain one'],
    ],
    load: () => import('./verbs/rollback.js'),
  },
  {
    name: 'down',
    summary: 'take bednet’s configuration and rules off the hosts; packages and the vault stay',
    options: ['sandbox', 'lockWait', 'parallel'],
    examples: [
      ['bednet down --sandbox', 'ends the broker on this machine'],
      ['bednet down --host hub', 'one broker; asks first'],
    ],
    load: () => import('./verbs/down.js'),
  },
  {
    name: 'lock',
    summary: 'show who is at work on the vault and the hosts, or end it',
    words: '[ACTION]',
    choices: ['status', 'release'],
    options: ['sandbox'],
    examples: [
      ['bednet lock status', 'who, since when and from where'],
      ['bednet lock release --host hub', 'ends it there; what it touched is put back'],
    ],
    load: () => import('./verbs/lock.js'),
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a profile, for editors, or of a plan',
    words: '[KIND]',
    choices: ['profile', 'plan'],
    examples: [
      ['bednet schema > profile.schema.json', 'for "# yaml-language-server: $schema=…"'],
      ['bednet schema plan', 'of what "bednet plan --json" prints'],
    ],
    load: () => import('./verbs/schema.js'),
  },
  {
    name: 'completion',
    summary: 'print what makes a shell complete verbs and options',
    words: 'SHELL',
    choices: ['bash', 'zsh', 'fish'],
    examples: [
      ['source <(bednet completion bash)', 'in ~/.bashrc'],
      ['source <(bednet completion zsh)', 'in ~/.zshrc, after compinit'],
      ['bednet completion fish | source', 'in ~/.config/fish/config.fish'],
    ],
    // It reads this very table, and must not import what imports it.
    load: async () => (await import('./verbs/completion.js')).completing(verbs),
  },
  {
    name: 'version',
    summary: 'print the version of bednet',
    examples: [['bednet version --json', 'with the version of Node']],
    load: () => import('./verbs/version.js'),
  },
]
