# shellcheck shell=bash
# What a host has in place of the usual: another init, sudo or coreutils. Debian's packages of it are
# downloaded once per release, and put into a host's tree before its first boot. Sourced by scripts/lab.

declare -rA variant_packages=([sysv]='sysvinit-core ifupdown acl systemd-sysv- systemd-' [sudo-rs]=sudo-rs
  [rust-coreutils]=rust-coreutils)

# The words of this "up".
variants() {
  if [[ ${option[init]} == sysv ]]; then echo sysv; fi
  if [[ ${option[sudo-rs]} == yes ]]; then echo sudo-rs; fi
  if [[ ${option[rust-coreutils]} == yes ]]; then echo rust-coreutils; fi
}

variant_store() { echo "$lab/variants/$1/$2"; }

# Run under a lock of its own. $1: release, $2: variant.
ensure_variant() {
  local release=$1 variant=$2
  local store packages
  store=$(variant_store "$release" "$variant")
  read -ra packages <<<"${variant_packages[$variant]}"
  [[ $(cat "$store/.packages" 2>/dev/null) != "${packages[*]}" ]] || return 0
  say "downloading ${packages[*]} for $release (once)"
  rm -rf -- "$store"
  mkdir -p "$store/partial"
  apt_for "$release" -o "Dir::Cache::archives=$store" -o APT::Install-Recommends=false \
    install --yes --download-only --allow-remove-essential "${packages[@]}" >"$store/.log" 2>&1 ||
    cannot "$variant can't be had for $release: $(tail -n 1 "$store/.log")" "see $store/.log"
  echo "${packages[*]}" >"$store/.packages"
}

furnish_variants() {
  local variant
  for variant in ${host[variants]}; do
    install_variant "$(host_directory "$1")/root" "$variant"
    "furnish_$variant" "$(host_directory "$1")/root"
  done
}

# Nothing of the host runs yet, and nothing may start out here.
install_variant() {
  local root=$1 variant=$2
  local removed
  removed=$(tr ' ' '\n' <<<"${variant_packages[$variant]}" | grep -e '-$' || true)
  install -m 755 /dev/stdin "$root/usr/sbin/policy-rc.d" <<<$'#!/bin/sh\nexit 101'
  mkdir "$root/variant"
  cp "$(variant_store "${host[release]}" "$variant")"/*.deb "$root/variant"
  # shellcheck disable=SC2086 # no package to remove, no argument
  DEBIAN_FRONTEND=noninteractive in_tree "$root" sh -c \
    'apt-get -q install --yes --no-install-recommends --allow-remove-essential /variant/*.deb "$@"' \
    - $removed || fail "$variant can't be installed: $(tail -n 1 "$root.log")" "see $root.log"
  rm -r "$root/variant" "$root/usr/sbin/policy-rc.d"
}

furnish_sysv() {
  local root=$1
  # No terminal here; and what makes / read-only at the end would make it so for the next start, too.
  sed -i '/getty/d' "$root/etc/inittab"
  in_tree "$root" update-rc.d -f umountroot remove
  write_interfaces >"$root/etc/network/interfaces"
}

write_interfaces() {
  printf 'auto lo host0\niface lo inet loopback\niface host0 inet static\n address %s/24\n' \
    "${host[address]}"
  if [[ -n ${host[ipv6]} ]]; then
    printf 'iface host0 inet6 static\n address %s/64\n dad-attempts 0\n' "${host[ipv6]}"
  fi
}

furnish_sudo-rs() { ln -sfn ../lib/cargo/bin/sudo "$1/usr/bin/sudo"; }

# As Ubuntu does it: what GNU's package has, and no more.
furnish_rust-coreutils() {
  local root=$1
  local tool name
  for tool in "$root"/usr/lib/cargo/bin/coreutils/*; do
    name=${tool##*/}
    if grep -qxF -e "/usr/bin/$name" -e "/bin/$name" "$root/var/lib/dpkg/info/coreutils.list"; then
      ln -sfn "../lib/cargo/bin/coreutils/$name" "$root/usr/bin/$name"
    fi
  done
}
