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
    summary: 'read the profile and show all its mistakes; talks to nobody',
    examples: [
      ['bednet check', 'reads ./bednet.yaml'],
      ['bednet check -f garden.yaml --json', 'for a script: counts, or the mistakes'],
    ],
    load: () => import('./verbs/check.js'),
  },
  {
    name: 'schema',
    summary: 'print the JSON Schema of a profile, for editors',
    examples: [['bednet schema > profile.schema.json', 'for "# yaml-language-server: $schema=…"']],
    load: () => import('./verbs/schema.js'),
  },
  {
    name: 'completion',
    summary: 'print what makes a shell complete verbs and options',
    words: 'SHELL',
    choices: ['bash', 'zsh', 'fish'],
    examples: [
      ['source <(bednet completion bash)', 'in ~/.bashrc; zsh alike, after compinit'],
      ['bednet completion fish > ~/.config/fish/completions/bednet.fish', 'for fish'],
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
