import { defineConfig } from 'vitest/config'

/** fast: no network, root or lab. real: the tools of this machine. lab: whole hosts, as root. */
export default defineConfig({
  test: {
    projects: [
      { test: { name: 'fast', include: ['test/**/*.test.ts'], testTimeout: 10_000 } },
      {
        test: {
          name: 'real',
          include: ['test/**/*.real.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/**/*.lab.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
})
