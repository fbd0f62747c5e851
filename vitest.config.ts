import { defineConfig } from 'vitest/config'

/** fast: no network, root or lab. real: the tools of this machine. lab: whole hosts, as root. */
export default defineConfig({
  test: {
    // What has not changed is not translated again: a third of the time of the fast ones.
    experimental: { fsModuleCache: true },
    projects: [
      {
        test: {
          name: 'fast',
          include: ['test/**/*.test.ts'],
          testTimeout: 10_000,
          // Processes, for there are tests that set umask; but not a new one for each file, which
          // costs more than the tests. So a helper may leave nothing in an `afterEach` of its own.
          pool: 'forks',
          isolate: false,
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'real',
          globalSetup: 'test/build.ts',
          include: ['test/**/*.real.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
          // Sandboxes want the same ports: between the choice of one and the start of its broker
          // another file's could take it.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'lab',
          globalSetup: 'test/build.ts',
          include: ['test/**/*.lab.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
