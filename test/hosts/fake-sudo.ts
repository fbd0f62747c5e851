import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** How the sudo of a pretended machine behaves, and what it has been made to see. */
export interface FakeSudo {
  /** PATH of a login that is not root, with this sudo first. */
  readonly path: string
  /** Each password that was tried. */
  guesses(): Promise<readonly string[]>
  /** The command line of each call, one a line. */
  calls(): Promise<string>
  remove(): Promise<void>
}

export type SudoMode =
  | { readonly kind: 'nopasswd' }
  | { readonly kind: 'password'; readonly password: string }
  /** The password is right, and the user may do nothing all the same. */
  | { readonly kind: 'unlisted'; readonly password: string }
  /** Shows the password that it refuses: no sudo does, so this is the worst one. */
  | { readonly kind: 'tells'; readonly password: string }
  | { readonly kind: 'absent' }

export async function fakeSudo(mode: SudoMode): Promise<FakeSudo> {
  const folder = await mkdtemp(join(tmpdir(), 'bednet-sudo-'))
  const put = async (name: string, text: string): Promise<void> => {
    await writeFile(join(folder, name), text)
    await chmod(join(folder, name), 0o755)
  }
  const read = (name: string): Promise<string> =>
    readFile(join(folder, name), 'utf8').catch(() => '')
  await put('id', '#!/bin/sh\necho 1000\n')
  if (mode.kind !== 'absent') {
    await put('mode', mode.kind)
    await put('password', 'password' in mode ? mode.password : '')
    await put('sudo', sudoScript.replaceAll('FOLDER', folder))
  } else {
    await put('sh', '#!/bin/sh\nexec /bin/sh "$@"\n')
  }
  return {
    path: mode.kind === 'absent' ? await withoutSudo(folder) : `${folder}:/usr/bin:/bin`,
    guesses: async () => (await read('guesses')).split('\n').slice(0, -1),
    calls: () => read('calls'),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}

/** The tools that the scripts of these tests use, and nothing else. */
async function withoutSudo(folder: string): Promise<string> {
  for (const tool of ['tr', 'cat', 'base64', 'env']) {
    const text = `#!/bin/sh\nexec /usr/bin/${tool} "$@"\n`
    await writeFile(join(folder, tool), text)
    await chmod(join(folder, tool), 0o755)
  }
  return folder
}

/**
 * It reads ahead as early versions of sudo-rs do, and like every sudo takes what follows a wrong
 * password for the next guess.
 */
const sudoScript = `#!/bin/sh
printf '%s\\n' "$*" >>FOLDER/calls
mode=$(cat FOLDER/mode)
ask=yes forget=no stdin=no
while :; do
  case $1 in
    -n) ask=no; shift ;;
    -k) forget=yes; shift ;;
    -S) stdin=yes; shift ;;
    -p) shift 2 ;;
    *) break ;;
  esac
done
run() { exec env -u SSH_CONNECTION PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
[ "$mode" = nopasswd ] && run "$@"
[ "$ask" = no ] && { echo 'sudo: a password is required' >&2; exit 1; }
[ "$stdin" = yes ] || { echo 'sudo: a terminal is required' >&2; exit 1; }
ahead=$(dd bs=8192 count=1 2>/dev/null; echo .)
ahead=\${ahead%.}
tries=0
while [ "$tries" -lt 3 ] && [ -n "$ahead" ]; do
  guess=\${ahead%%
*}
  ahead=\${ahead#"$guess"}
  ahead=\${ahead#
}
  tries=$((tries + 1))
  printf '%s\\n' "$guess" >>FOLDER/guesses
  if [ "$guess" = "$(cat FOLDER/password)" ]; then
    [ "$mode" = unlisted ] && { echo 'ada is not in the sudoers file.' >&2; exit 1; }
    run "$@"
  fi
  echo 'Sorry, try again.' >&2
  [ "$mode" = tells ] && printf 'it was not %s\\n' "$guess" >&2
  [ -n "$ahead" ] || { ahead=$(dd bs=8192 count=1 2>/dev/null; echo .); ahead=\${ahead%.}; }
done
echo "sudo: $tries incorrect password attempt" >&2
exit 1
`
