# shellcheck shell=bash
# The private network of a lab: one bridge, the operator on .1, hosts from .10 on; no way out.
# Sourced by scripts/lab.

readonly first_host_number=10
readonly last_host_number=254

# Two labs (two values of BEDNET_LAB) have two bridges. 15 characters is the kernel's limit.
bridge_name() { printf 'bnlab%08x' "$(cksum <<<"$lab" | cut -d ' ' -f 1)"; }

# Prints the third number of the network in use, N of 10.99.N.0/24; nothing without a bridge.
# Asked from the kernel, so that no file can disagree with it.
network_in_use() {
  ip -4 -o address show dev "$(bridge_name)" 2>/dev/null |
    sed -n 's/.* 10\.99\.\([0-9]*\)\.1\/24 .*/\1/p'
}

# Run under the lock of the hosts.
ensure_bridge() {
  local bridge network
  bridge=$(bridge_name)
  if [[ -n $(network_in_use) ]]; then return; fi
  network=$(free_network)
  ip link delete "$bridge" 2>/dev/null || true
  ip link add "$bridge" type bridge forward_delay 0
  ip address add "10.99.$network.1/24" dev "$bridge"
  # nodad: an address that waits for duplicate detection can't be used for its first second.
  ip -6 address add "$(ipv6_address "$network" 1)/64" dev "$bridge" nodad 2>/dev/null || true
  ip link set "$bridge" up
}

free_network() {
  local network taken
  taken=$(ip -4 -o address show; ip -4 route show)
  for ((network = 0; network < 256; network++)); do
    if ! grep -Eq "(^| )10\.99\.$network\." <<<"$taken"; then
      echo "$network"
      return
    fi
  done
  cannot "every network of 10.99.0.0/16 is in use on this machine" "see: ip route"
}

remove_bridge() { ip link delete "$(bridge_name)" 2>/dev/null || true; }

# $1: network, $2: number of the host. A unique local address, in its shortest spelling: no part
# of it may be 0.
ipv6_address() { printf 'fd62:6564:6e65:%x::%x' "$(($1 + 1))" "$2"; }

# Run under the lock of the hosts. Prints the lowest number that no host of this lab has.
free_host_number() {
  local number taken
  taken=$(cat "$lab"/hosts/*/settings 2>/dev/null | sed -n 's/^number=//p')
  for ((number = first_host_number; number <= last_host_number; number++)); do
    if ! grep -qx "$number" <<<"$taken"; then
      echo "$number"
      return
    fi
  done
  cannot "no address is free for another host" "scripts/lab down"
}

# Names that resolve to a host, on the operator's machine only. Run under the lock of the hosts.
add_alias() {
  local name=$1 address=$2 alias=$3
  echo "$address $alias # bednet-lab $name" >>/etc/hosts
}

# Of two lines the first would win, whichever host was meant.
refuse_taken_alias() {
  if grep -qF " $1 # bednet-lab " /etc/hosts; then
    fail "$1 already resolves to another lab host" "look at /etc/hosts; scripts/lab down"
  fi
}

# Written in place: where /etc/hosts is a mount, it can't be replaced by another file.
remove_aliases() {
  local name=$1
  local kept
  if ! grep -q " # bednet-lab $name\$" /etc/hosts; then return; fi
  kept=$(grep -v " # bednet-lab $name\$" /etc/hosts || true)
  printf '%s\n' "$kept" >/etc/hosts
}
