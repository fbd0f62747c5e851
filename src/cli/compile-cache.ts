import { join } from 'node:path'
import type { World } from '../world.js'

/**
 * Node 22 and later keep the compiled code of what is loaded from here on, that is, of the verbs.
 * It lies in the user's own folder: Node's choice is a name in /tmp that can be foretold, and code
 * that others have put there would be run, often as root.
 */
export function enableCompileCache(environment: World['environment']): void {
  const { XDG_CACHE_HOME: cache = '', HOME: home = '' } = environment
  const folder = cache || (home && join(home, '.cache'))
  const node = process.getBuiltinModule('node:module') as {
    readonly enableCompileCache?: (folder: string) => unknown
  }
  if (folder !== '') node.enableCompileCache?.(join(folder, 'bednet'))
}
