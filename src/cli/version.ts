/** Read when asked for; the path is the same from `src/cli/` and from `dist/cli/`. */
export function bednetVersion(): string {
  const text = process
    .getBuiltinModule('node:fs')
    .readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { version } = JSON.parse(text) as { readonly version: string }
  return version
}
