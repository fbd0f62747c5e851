/** What kind of machine answers: everything about it that a plan depends on. */
export interface Machine {
  /** `debian 12`, from os-release; a release to come has only a name there: `debian forky`. */
  readonly system: string
  /** `bookworm`; undefined where os-release has none. */
  readonly codename: string | undefined
  /** Of the Ubuntu that it is, or is made from; undefined on any other. */
  readonly ubuntuCodename: string | undefined
  /** `systemd`, `sysv`, or `child`: in a sandbox the broker is a child process. */
  readonly services: 'systemd' | 'sysv' | 'child'
  /** True where `::1` can be listened on. */
  readonly ipv6Loopback: boolean
  /** The machine's own clock, seconds since 1970. */
  readonly clockSeconds: number
  /** Where this login came in: the port that a firewall must never close. */
  readonly sshPort: number | undefined
  readonly listening: readonly ListeningPort[]
  /** Connections that stand now, by the port that they came in at. */
  readonly connected: ReadonlyMap<number, number>
}

export interface ListeningPort {
  readonly address: string
  readonly port: number
  /** Undefined where the kernel does not tell. */
  readonly program: string | undefined
}

/**
 * `$1` is `$SSH_CONNECTION`: client address, client port, server address, server port. Who is connected
 * the kernel's own tables tell sooner than another `ss`: state 0A listens, 01 is established.
 */
export const machineQuestion = String.raw`
[ -r /etc/os-release ] && . /etc/os-release
echo "system $ID ${'$'}{VERSION_ID:-$VERSION_CODENAME}"
echo "codename $VERSION_CODENAME"
echo "ubuntuCodename $UBUNTU_CODENAME"
echo "services $SERVICES"
IFS= read -r disabled < /proc/sys/net/ipv6/conf/lo/disable_ipv6
[ "$disabled" = 0 ] && echo "ipv6Loopback yes"
date +'clock %s'
echo "ssh $1"
ss -Hlntp | awk 'BEGIN {
  while ((getline < "-") > 0) print "listening " $0
  for (i = 1; i < ARGC; i++) while ((getline < ARGV[i]) > 0) {
    split($2, at, ":")
    if ($4 == "0A") isOpen[at[2]] = 1
    if ($4 == "01") count[at[2]]++
  }
  for (port in count) if (port in isOpen) print "connected " port " " count[port]
}' /proc/net/tcp /proc/net/tcp6
`

export function parseMachine(answer: string): Machine {
  const lines = answer.split('\n')
  const rest = (word: string): string =>
    lines
      .find(line => line.startsWith(`${word} `))
      ?.slice(word.length + 1)
      .trim() ?? ''
  const services = rest('services')
  const sshPort = Number(rest('ssh').split(' ')[3])
  return {
    system: rest('system'),
    codename: rest('codename') || undefined,
    ubuntuCodename: rest('ubuntuCodename') || undefined,
    services: services === 'systemd' || services === 'child' ? services : 'sysv',
    ipv6Loopback: rest('ipv6Loopback') === 'yes',
    clockSeconds: Number(rest('clock')),
    sshPort: Number.isInteger(sshPort) && sshPort > 0 ? sshPort : undefined,
    listening: lines
      .filter(line => line.startsWith('listening '))
      .map(line => parseListening(line.slice('listening '.length)))
      .filter(listening => listening !== undefined),
    connected: new Map(
      lines
        .map(line => /^connected ([0-9A-F]+) (\d+)$/.exec(line))
        .filter(match => match !== null)
        .map(([, port = '', count]) => [Number.parseInt(port, 16), Number(count)]),
    ),
  }
}

/**
 * One line of `ss -Hlntp`: `LISTEN 0 100 127.0.0.1:1883 0.0.0.0:* users:(("mosquitto",pid=1,fd=5))`.
 * With Ubuntu's ssh.socket systemd holds sshd's port too, in either order: sshd is what counts.
 */
function parseListening(line: string): ListeningPort | undefined {
  const match = /^LISTEN\s+\d+\s+\d+\s+(\S+):(\d+)\s+\S+(.*)/.exec(line)
  const [, address, port, users] = match ?? []
  if (address === undefined || port === undefined) return undefined
  const programs = [...(users ?? '').matchAll(/\("([^"]+)",pid=/g)].map(([, name]) => name)
  const program = programs.find(name => name === 'sshd') ?? programs[0]
  return { address: address.replace(/^\[|\]$|%\w+/g, ''), port: Number(port), program }
}
