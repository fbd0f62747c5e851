# shellcheck shell=bash
# One host of the lab: its folder, its tree (an overlay over the base tree), its power.
# Sourced by scripts/lab. Everything about a host lies in $lab/hosts/NAME and goes with it.

readonly ssh_wait_s=60
readonly stop_wait_s=30

declare -A host

host_directory() { echo "$lab/hosts/$1"; }

# Fills the array "host" from the settings of one host.
load_host() {
  local settings key value
  settings=$(host_directory "$1")/settings
  [[ -e $settings ]] || fail "no lab host is named \"$1\"" "scripts/lab list; scripts/lab up $1"
  host=()
  while IFS='=' read -r key value; do host[$key]=$value; done <"$settings"
}

host_names() {
  local directory
  for directory in "$lab"/hosts/*/; do
    if [[ -e $directory/settings ]]; then basename "$directory"; fi
  done
}

# Run under the lock of the hosts: takes the name and an address. $2: release.
reserve_host() {
  local name=$1 release=$2
  local directory network number alias
  directory=$(host_directory "$name")
  if [[ -e $directory/settings && ${option[replace]} == yes ]]; then remove_host "$name"; fi
  [[ ! -e $directory/settings ]] || fail "a lab host named \"$name\" is there already" \
    "scripts/lab down $name, or up --replace"
  remove_aliases "$name"
  for alias in "${aliases[@]}"; do refuse_taken_alias "$alias"; done
  ensure_bridge
  network=$(network_in_use) number=$(free_host_number)
  rm -rf -- "$directory"
  mkdir -p "$directory"/{upper,work,root}
  bridge_name >"$directory/bridge"
  write_settings "$name" "$release" "$network" "$number" >"$directory/settings"
  for alias in "${aliases[@]}"; do add_alias "$name" "10.99.$network.$number" "$alias"; done
}

write_settings() {
  local name=$1 release=$2 network=$3 number=$4
  local user=ubuntu ipv6=
  if [[ ${option[sudo]} == root ]]; then user=root; fi
  if [[ ${option[ipv6]} == yes ]]; then ipv6=$(ipv6_address "$network" "$number"); fi
  printf '%s\n' "name=$name" "release=$release" "number=$number" \
    "address=10.99.$network.$number" "ipv6=$ipv6" "port=${option[ssh-port]}" "user=$user" \
    "sudo=${option[sudo]}" "variants=$(variants | paste -sd ' ')" "aliases=${aliases[*]}"
}

mount_root() {
  local directory
  directory=$(host_directory "$1")
  if mountpoint -q "$directory/root"; then return; fi
  mount -t overlay overlay "$directory/root" \
    -o "lowerdir=$(tree_of "${host[release]}"),upperdir=$directory/upper,workdir=$directory/work"
}

# What makes this host this host, written before its first boot.
furnish_host() {
  local name=$1
  local root home
  root=$(host_directory "$name")/root
  home=$([[ ${host[user]} == root ]] && echo /root || echo "/home/${host[user]}")
  # A machine id of its own, or systemd would take every boot for the first one.
  tr -d - </proc/sys/kernel/random/uuid >"$root/etc/machine-id"
  echo "$name" >"$root/etc/hostname"
  printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost ip6-localhost\n' "$name" \
    >"$root/etc/hosts"
  write_network >"$root/etc/systemd/network/10-host0.network"
  furnish_ssh "$name" "$root"
  install -d -m 700 "$root$home/.ssh"
  install -m 600 "$lab/ssh/id_ed25519.pub" "$root$home/.ssh/authorized_keys"
  chown -R --reference="$root$home" "$root$home/.ssh"
  if [[ ${host[sudo]} == nopasswd ]]; then
    install -m 440 /dev/stdin "$root/etc/sudoers.d/90-lab" <<<'ubuntu ALL=(ALL) NOPASSWD:ALL'
  fi
  furnish_variants "$name"
  if [[ ${option[apt-lists]} == no ]]; then rm -rf -- "$root"/var/lib/apt/lists/*; fi
}

# Its name sorts before 80-container-host0.network, which would ask for an address by DHCP.
write_network() {
  printf '[Match]\nName=host0\n\n[Network]\nIPv6AcceptRA=no\n'
  if [[ -z ${host[ipv6]} ]]; then echo 'LinkLocalAddressing=no'; fi
  printf '\n[Address]\nAddress=%s/24\n' "${host[address]}"
  if [[ -n ${host[ipv6]} ]]; then
    printf '\n[Address]\nAddress=%s/64\nDuplicateAddressDetection=none\n' "${host[ipv6]}"
  fi
}

# Host keys are made out here, so that known_hosts is known and not trusted on first use.
furnish_ssh() {
  local name=$1 root=$2
  local type alias targets
  targets=$(ssh_target "${host[address]}")
  if [[ -n ${host[ipv6]} ]]; then targets+=,$(ssh_target "${host[ipv6]}"); fi
  for alias in ${host[aliases]}; do targets+=,$(ssh_target "$alias"); done
  for type in ed25519 ecdsa rsa; do
    ssh-keygen -q -t "$type" -N '' -C "root@$name" -f "$root/etc/ssh/ssh_host_${type}_key"
    echo "$targets $(cut -d ' ' -f 1,2 "$root/etc/ssh/ssh_host_${type}_key.pub")"
  done >"$(host_directory "$name")/known_hosts"
  echo "Port ${host[port]}" >"$root/etc/ssh/sshd_config.d/lab.conf"
}

# As ssh writes a host in known_hosts: in brackets when its port is not 22.
ssh_target() { if [[ ${host[port]} == 22 ]]; then echo "$1"; else echo "[$1]:${host[port]}"; fi; }

power_on() {
  local name=$1
  local directory
  directory=$(host_directory "$name")
  mount_root "$name"
  # Descriptor 9 is the lock; a host that kept it would keep every later command waiting.
  setsid "$lab_d/power" "$directory" "$(repository_of "${host[release]}")" \
    </dev/null >>"$directory/console.log" 2>&1 9>&- &
}

is_running() {
  local pid
  pid=$(cat "$(host_directory "$1")/nspawn.pid" 2>/dev/null) &&
    [[ $(cat "/proc/$pid/comm" 2>/dev/null) == systemd-nspawn ]]
}

# Power goes at once; the tree keeps what had been written.
power_cut() {
  local name=$1
  local directory pid mount
  directory=$(host_directory "$name")
  pid=$(cat "$directory/nspawn.pid" 2>/dev/null || true)
  if [[ -n $pid ]]; then kill -KILL "$pid" 2>/dev/null || true; fi
  for mount in /sys/fs/cgroup /sys/fs/cgroup/unified; do
    if [[ -e $mount/bednet-lab/$name/payload/cgroup.kill ]]; then
      echo 1 >"$mount/bednet-lab/$name/payload/cgroup.kill"
    fi
  done
  wait_until "$stop_wait_s" nobody_in_cgroup "$name" || fail "host \"$name\" does not stop" \
    "look at the processes of /sys/fs/cgroup/*/bednet-lab/$name"
  rm -f "$directory/nspawn.pid"
}

nobody_in_cgroup() {
  local mount
  for mount in /sys/fs/cgroup /sys/fs/cgroup/unified /sys/fs/cgroup/systemd; do
    [[ -d $mount/bednet-lab/$1 ]] || continue
    # A cgroup that still has a process can't be removed.
    find "$mount/bednet-lab/$1" -depth -type d -exec rmdir {} + 2>/dev/null || return 1
    rmdir "$mount/bednet-lab" 2>/dev/null || true
  done
}

power_off() {
  local name=$1
  run_inside "$name" poweroff
  wait_until "$stop_wait_s" nobody_in_cgroup "$name" || fail "host \"$name\" does not power off" \
    "scripts/lab kill $name"
}

is_stopped() { ! is_running "$1"; }

# Run under the lock of the hosts.
remove_host() {
  local name=$1
  local directory
  directory=$(host_directory "$name")
  power_cut "$name"
  if mountpoint -q "$directory/root"; then umount --lazy "$directory/root"; fi
  remove_aliases "$name"
  rm -rf -- "$directory"
  if [[ -z $(host_names) ]]; then remove_bridge; fi
}

# The host's own PID 1, as this machine numbers it.
init_pid() {
  local nspawn
  nspawn=$(cat "$(host_directory "$1")/nspawn.pid" 2>/dev/null) &&
    tr -d ' ' <"/proc/$nspawn/task/$nspawn/children"
}

# Runs a command as root inside, without ssh: for assertions, also where ssh is what is broken.
run_inside() {
  local name=$1
  local init
  shift
  is_running "$name" || fail "host \"$name\" is off" "scripts/lab start $name"
  init=$(init_pid "$name")
  nsenter --target "$init" --mount --uts --ipc --net --pid --cgroup --root --wd \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root \
    LANG=C.UTF-8 sh -c "$*"
}

ssh_to() {
  local name=$1
  shift
  load_host "$name"
  ssh -F /dev/null -i "$lab/ssh/id_ed25519" -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes \
    -o UserKnownHostsFile="$(host_directory "$name")/known_hosts" -o LogLevel=ERROR \
    -o ConnectTimeout=2 -p "${host[port]}" "${host[user]}@${host[address]}" "$@"
}

# A login, not only an open port: while a host boots, sshd already answers but refuses users.
wait_for_ssh() {
  local name=$1
  wait_until "$ssh_wait_s" answers_ssh "$name" || fail \
    "host \"$name\" gave no ssh login within $ssh_wait_s s" \
    "its console: $(host_directory "$name")/console.log"
}

answers_ssh() { ssh_to "$1" -o BatchMode=yes true </dev/null 2>/dev/null; }

# $1: limit in seconds; the rest: a command tried until it succeeds.
wait_until() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS >= deadline)); then return 1; fi
    sleep 0.1
  done
}
