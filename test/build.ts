import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/**
 * Builds the command once for all the files of a project, if it is not there or older than its
 * source. No test builds it: two would take it from each other.
 */
export function setup(): void {
  const scripts = fileURLToPath(new URL('../scripts/', import.meta.url))
  const script = 'source "$1/setup.sh" && cd "$1/.." && ensure_build'
  execFileSync('bash', ['-euo', 'pipefail', '-c', script, 'build', scripts], { stdio: 'inherit' })
}
