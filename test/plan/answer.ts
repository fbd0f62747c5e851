import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export const releases = ['bullseye', 'bookworm', 'trixie', 'forky'] as const
export type Release = (typeof releases)[number]

/** What a real tool printed on a host of that release. */
export function recorded(release: Release, name: string): string {
  return readFileSync(new URL(`../recorded/${release}/${name}.txt`, import.meta.url), 'utf8')
}

interface Scene {
  /** Programs by name, and what they print, whatever they are asked. */
  readonly tools?: Readonly<Record<string, string>>
  /** Files by their absolute path on the host. */
  readonly files?: Readonly<Record<string, string>>
  readonly services?: 'systemd' | 'sysv' | 'child'
  /** `$SSH_CONNECTION`. */
  readonly login?: string
  /** More sh, run in the root folder before the question. */
  readonly before?: string
}

/**
 * What a question prints, asked by a real `sh` of a folder that stands for the host: so it is the
 * question that is tested too, and not only what reads the answer.
 */
export function answerTo(question: string, scene: Scene): string {
  const root = mkdtempSync(join(tmpdir(), 'bednet-plan-'))
  try {
    for (const [path, text] of Object.entries(scene.files ?? {})) write(`${root}${path}`, text)
    for (const [name, text] of Object.entries(scene.tools ?? {})) {
      write(`${root}/bin/${name}.txt`, text)
      write(`${root}/bin/${name}`, '#!/bin/sh\ncat "$0.txt"\n')
      chmodSync(`${root}/bin/${name}`, 0o755)
    }
    const before = `cd "$ROOT" || exit\n${scene.before ?? ''}\n`
    return execFileSync('sh', ['-c', before + inside(root, question), 'sh', scene.login ?? ''], {
      env: { ROOT: root, SERVICES: scene.services ?? 'systemd', PATH: `${root}/bin:/usr/bin:/bin` },
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).replaceAll(root, '')
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
}

/** Paths that a question takes from the host itself lead into the folder. */
function inside(root: string, question: string): string {
  return question.replace(/(?<=[\s<])\/(?=(?:etc|proc|run|usr\/sbin|var)\/)/g, `${root}/`)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
