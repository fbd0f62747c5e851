import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { hostOn, type HostOptions } from '../../src/hosts/host.js'
import type { Shell } from '../../src/hosts/shell.js'
import type { HostScene } from '../contract/host.js'

/** This machine below a folder of its own, however the shell comes to it. */
export async function sceneHere(
  services: HostOptions['services'],
  openShell: () => Promise<Shell>,
  secrets: readonly string[] = [],
): Promise<HostScene> {
  const root = await mkdtemp(join(tmpdir(), 'bednet-root-'))
  return {
    open: async () => hostOn(await openShell(), { root, services }),
    look: lookHere,
    secrets,
    remove: () => rm(root, { recursive: true, force: true }),
  }
}

async function lookHere(script: string): Promise<string> {
  const { stdout } = await run('/bin/sh', ['-c', script], { maxBuffer: mostOutputBytes })
  return stdout
}

const run = promisify(execFile)
const mostOutputBytes = 64 * 1024 * 1024
