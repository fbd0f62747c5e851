import type { Bench } from './bench.js'

/** What is wrong with the host, and not with the change. */
export interface Surrounding {
  readonly name: string
  /** On an empty host, or on one that is up. */
  readonly isFirst: boolean
  /** Undefined: the change is carried out nevertheless; else what is said where it is not. */
  readonly refusal: RegExp | undefined
  /** Shell lines for root, with the port that the change opens. */
  readonly set: (bench: Bench) => string
  readonly clear: string
}

/** `fill` leaves no room; a copy in memory with its own size stands for a small disk. */
function small(folder: string, sizeMb: number): string {
  const room = '/mnt'
  return `mount -t tmpfs -o size=${String(sizeMb)}m,mode=0755 tmpfs ${room} && cp -a ${folder}/. ${room} &&
    mount --bind ${room} ${folder} && umount ${room}; dd if=/dev/zero of=${folder}/filler bs=4k 2>&1`
}

function readOnly(folder: string): string {
  return `mount --bind ${folder} ${folder} && mount -o remount,ro,bind ${folder}`
}

/** Once only, however often: below may lie the small disk of an earlier case. */
function writable(folder: string): string {
  return `! findmnt -no OPTIONS ${folder} | tail -n 1 | grep -q '^ro' || umount ${folder}`
}

const clock = (offset: string): string => `
  ls /usr/lib/*/faketime >/dev/null 2>&1 ||
    DEBIAN_FRONTEND=noninteractive apt-get -qq install -y libfaketime >/dev/null 2>&1
  echo '${offset}' >/etc/faketimerc; ls /usr/lib/*/faketime/libfaketime.so.1 >/etc/ld.so.preload`
const rightClock = 'rm -f /etc/ld.so.preload /etc/faketimerc'

const sudoers = '/etc/sudoers.d/90-lab'
const nobodyAsks = `printf 'ubuntu ALL=(ALL) NOPASSWD:ALL\\n' >${sudoers}`

export const surroundings: readonly Surrounding[] = [
  {
    name: 'a full disk under /etc/mosquitto',
    isFirst: false,
    refusal: /generation could not be written/,
    set: () => small('/etc/mosquitto', 1),
    clear: 'rm /etc/mosquitto/filler',
  },
  {
    name: 'a full disk under /var',
    isFirst: false,
    refusal: /nothing was changed/,
    set: () => small('/var', 250),
    clear: 'rm /var/filler',
  },
  {
    name: 'a full disk under /var at the installation',
    isFirst: true,
    refusal: /nothing was changed/,
    set: () => small('/var', 250),
    clear: 'rm /var/filler',
  },
  {
    name: 'a read-only /etc/mosquitto',
    isFirst: false,
    refusal: /generation could not be written/,
    set: () => readOnly('/etc/mosquitto'),
    clear: writable('/etc/mosquitto'),
  },
  {
    name: 'a read-only /var/lib',
    isFirst: false,
    refusal: /nothing was changed/,
    set: () => readOnly('/var/lib'),
    clear: writable('/var/lib'),
  },
  {
    name: 'no apt repository, at the installation',
    isFirst: true,
    refusal: /packages could not be installed/,
    set: () => 'mount -t tmpfs tmpfs /repo; rm -rf /var/lib/apt/lists/*',
    clear: 'umount /repo; apt-get -qq update',
  },
  {
    name: 'no apt repository, afterwards',
    isFirst: false,
    refusal: undefined,
    set: () => 'mount -t tmpfs tmpfs /repo; rm -rf /var/lib/apt/lists/*',
    clear: 'umount /repo; apt-get -qq update',
  },
  {
    name: 'a dpkg lock that is held',
    isFirst: true,
    refusal: undefined,
    set: () => `systemd-run --quiet --collect python3 -c 'import fcntl, time
lock = open("/var/lib/dpkg/lock-frontend", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
time.sleep(8)'; sleep 0.5`,
    clear: 'true',
  },
  {
    name: 'a configuration file that was changed before the package came',
    isFirst: true,
    refusal: undefined,
    set: () => `mkdir -p /etc/mosquitto && printf '%s\\n' '# mine' 'persistence true' \
      'persistence_location /var/lib/mosquitto/' 'log_dest file /var/log/mosquitto/mosquitto.log' \
      'include_dir /etc/mosquitto/conf.d' >/etc/mosquitto/mosquitto.conf`,
    clear: 'true',
  },
  {
    name: 'apt hooks that ask',
    isFirst: true,
    refusal: undefined,
    set: () =>
      `echo 'DPkg::Post-Invoke { "echo Restart services?; read -r answer || true"; };' >/etc/apt/apt.conf.d/99ask`,
    clear: 'rm /etc/apt/apt.conf.d/99ask',
  },
  {
    name: 'sudo that refuses',
    isFirst: false,
    refusal: /sudo/,
    set: () => `rm ${sudoers}`,
    clear: nobodyAsks,
  },
  {
    name: 'sudo that asks for a password',
    isFirst: false,
    refusal: /sudo/,
    set: () => `printf 'ubuntu ALL=(ALL) ALL\\n' >${sudoers}; echo ubuntu:secret | chpasswd`,
    clear: nobodyAsks,
  },
  {
    name: 'a port that another process has',
    isFirst: false,
    refusal: /port 9\d\d\d|Address already in use|does not serve/,
    set: ({
      port,
    }) => `systemd-run --quiet --collect --unit=taken python3 -m http.server ${String(port)}
      timeout 10 sh -c 'until ss -Hlnt | grep -q :${String(port)}; do sleep 0.1; done'`,
    clear: 'systemctl stop taken',
  },
  {
    name: 'a clock two years ahead',
    isFirst: false,
    refusal: /./,
    set: () => clock('+2y'),
    clear: rightClock,
  },
  {
    name: 'a clock two years behind',
    isFirst: false,
    refusal: /./,
    set: () => clock('-2y'),
    clear: rightClock,
  },
  {
    name: 'a link that loses packets',
    isFirst: false,
    refusal: undefined,
    set: () => 'iptables -I INPUT 1 -i host0 -m statistic --mode random --probability 0.01 -j DROP',
    clear: 'iptables -D INPUT -i host0 -m statistic --mode random --probability 0.01 -j DROP',
  },
  {
    name: 'another locale',
    isFirst: false,
    refusal: undefined,
    set: () => `printf 'LANG=de_DE.UTF-8\\nLANGUAGE=de\\nLC_ALL=de_DE.UTF-8\\n' >/etc/environment`,
    clear: ': >/etc/environment',
  },
  {
    name: 'bash as /bin/sh',
    isFirst: false,
    refusal: undefined,
    set: () => 'ln -sf bash /bin/sh',
    clear: 'ln -sf dash /bin/sh',
  },
  {
    name: 'no IPv6',
    isFirst: false,
    refusal: undefined,
    set: () => 'sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.lo.disable_ipv6=1',
    clear: 'sysctl -qw net.ipv6.conf.all.disable_ipv6=0',
  },
]
