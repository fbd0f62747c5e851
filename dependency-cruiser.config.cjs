// The arrows of ARCHITECTURE.md: cli → operations → {hosts, vault, broker} → {plan, pki, profile} → root files.
const rank = [['cli'], ['operations'], ['hosts', 'vault', 'broker'], ['plan', 'pki', 'profile']]

const upward = rank.flatMap((rooms, level) =>
  rooms.map(room => {
    const below = rank.slice(level + 1).flat()
    const allowed = [room, ...below].join('|')
    return {
      name: `${room}-looks-down-only`,
      severity: 'error',
      from: { path: `^src/${room}/` },
      to: { path: '^src/[a-z]+/', pathNot: `^src/(${allowed})/` },
    }
  }),
)

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...upward,
    {
      name: 'root-files-stand-alone',
      severity: 'error',
      from: { path: '^src/[^/]+\\.ts$', pathNot: '^src/index\\.ts$' },
      to: { path: '^src/[a-z]+/' },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'pure-rooms-touch-nothing',
      comment:
        'node:crypto is allowed: pki and broker sign, hash and draw through it, and nothing else',
      severity: 'error',
      from: { path: '^src/(profile|pki|broker|plan)/' },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|net|util|buffer|path)$' },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
  },
}
