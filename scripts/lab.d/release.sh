# shellcheck shell=bash
# What is made once per Debian release and then only read: a base tree to boot, and a package
# repository for it. Sourced by scripts/lab.

known_releases=(bookworm trixie bullseye forky)

# Raise it when furnish_tree or tree_packages changes: trees of another recipe are made anew.
readonly tree_recipe=1

tree_packages=systemd,systemd-sysv,dbus,openssh-server,sudo,ufw,iptables,iproute2
tree_packages+=,ca-certificates,procps,netbase
readonly tree_packages

# What a host can install offline, with everything it needs. libfaketime lets a test move a clock.
readonly repository_packages=(mosquitto mosquitto-clients openssl libfaketime)

tree_of() { echo "$lab/trees/$1"; }
repository_of() { echo "$lab/repositories/$1"; }

# Run under the lock of the release: two hosts of one release make its tree once.
ensure_release() {
  local release=$1
  local tree repository
  tree=$(tree_of "$release") repository=$(repository_of "$release")
  if [[ $(cat "$tree.recipe" 2>/dev/null) != "$tree_recipe" ]]; then
    make_tree "$release"
    echo "$tree_recipe" >"$tree.recipe"
  fi
  if [[ $(cat "$repository/.packages" 2>/dev/null) != "${repository_packages[*]}" ]]; then
    make_repository "$release"
    echo "${repository_packages[*]}" >"$repository/.packages"
  fi
}

# The operator's own mirror, proxy and certificates serve the lab too.
# $1: the label a mirror gives itself, Debian or Debian-Security.
mirror_labelled() {
  local site origin label
  if [[ $1 == Debian && -n ${BEDNET_LAB_MIRROR:-} ]]; then
    echo "$BEDNET_LAB_MIRROR"
    return
  fi
  # shellcheck disable=SC2016 # the fields are apt-get's, not the shell's
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(SITE)' 'Created-By: Packages' |
    while IFS='|' read -r origin label site; do
      if [[ $origin == Debian && $label == "$1" ]]; then
        echo "$site"
        break
      fi
    done
}

debian_mirror() {
  local mirror
  mirror=$(mirror_labelled Debian)
  if [[ -z $mirror ]]; then
    refresh_apt_lists
    mirror=$(mirror_labelled Debian)
  fi
  [[ -n $mirror ]] || cannot "this machine's apt configuration names no Debian mirror." \
    "set BEDNET_LAB_MIRROR to the address of one"
  echo "$mirror"
}

apt_setting() { apt-config shell value "$1" | sed -n "s/^value='\(.*\)'\$/\1/p"; }

# debootstrap downloads with wget, which does not read apt's settings.
hand_apt_settings_to_wget() {
  local proxy authorities
  proxy=$(apt_setting Acquire::http::Proxy)
  authorities=$(apt_setting Acquire::https::CaInfo)
  if [[ -n $proxy && $proxy != DIRECT ]]; then export http_proxy=$proxy https_proxy=$proxy; fi
  if [[ -n $authorities ]]; then
    echo "ca_certificate = $authorities" >"$lab/wgetrc"
    export WGETRC=$lab/wgetrc
  fi
}

make_tree() {
  local release=$1
  local tree mirror script=
  tree=$(tree_of "$release") mirror=$(debian_mirror)
  say "making the base tree of $release (once, about a minute)"
  # debootstrap older than a release has no script for it; that of sid is the nearest.
  [[ -e /usr/share/debootstrap/scripts/$release ]] || script=sid
  hand_apt_settings_to_wget
  rm -rf -- "$tree" "$tree.recipe"
  mkdir -p "$lab/trees"
  # shellcheck disable=SC2086 # no script, no argument
  if ! debootstrap --variant=minbase --include="$tree_packages" \
    "$release" "$tree" "$mirror" $script >"$tree.log" 2>&1 9>&-; then
    cannot "$release can't be had from $mirror: $(tail -n 1 "$tree.log")" "see $tree.log"
  fi
  furnish_tree "$tree"
}

# What every host of the lab has in common. What differs is written by furnish_host.
furnish_tree() {
  local tree=$1
  local units
  rm -rf -- "$tree"/etc/ssh/ssh_host_* "$tree"/var/cache/apt/archives/*.deb \
    "$tree"/var/lib/apt/lists/* "$tree"/etc/apt/sources.list.d/* "$tree/etc/hostname"
  mkdir -p "$tree/repo"
  echo 'deb [trusted=yes] file:/repo ./' >"$tree/etc/apt/sources.list"
  in_tree "$tree" useradd --create-home --shell /bin/bash --groups sudo ubuntu
  echo "ubuntu:$sudo_password" | in_tree "$tree" chpasswd
  in_tree "$tree" systemctl --quiet enable systemd-networkd.service ssh.service
  # apt-daily would take the package lock at a time of its own; a getty finds no terminal here.
  units=(apt-daily.timer apt-daily-upgrade.timer console-getty.service)
  in_tree "$tree" systemctl --quiet mask "${units[@]}"
}

in_tree() {
  local tree=$1
  shift
  env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C.UTF-8 \
    chroot "$tree" "$@" 9>&- >>"$tree.log" 2>&1
}

# Downloaded for the release and against what its tree already has, by an apt configuration with
# lists of its own. apt's other settings (proxy, certificates) stay in force.
make_repository() {
  local release=$1
  local tree repository apt
  tree=$(tree_of "$release") repository=$(repository_of "$release")
  apt=$lab/apt/$release
  say "downloading ${repository_packages[*]} for $release (once)"
  rm -rf -- "$repository" "$apt"
  mkdir -p "$repository/partial" "$apt/lists/partial" "$apt/cache"
  write_apt_configuration "$release" >"$apt/options"
  write_sources "$release" >"$apt/sources.list"
  if ! apt_for "$release" update >"$apt/log" 2>&1; then
    # A young release may have no security archive yet.
    sed -i '/-security/d' "$apt/sources.list"
    apt_for "$release" update >"$apt/log" 2>&1 ||
      cannot "the package lists of $release can't be had: $(tail -n 1 "$apt/log")" "see $apt/log"
  fi
  apt_for "$release" install --yes --download-only "${repository_packages[@]}" \
    >"$apt/log" 2>&1 || cannot "packages for $release can't be had: $(tail -n 1 "$apt/log")" \
    "see $apt/log"
  rm -rf -- "$repository/partial" "$repository/lock"
  (cd "$repository" && apt-ftparchive packages . >Packages 2>>"$apt/log")
  list_repository_in_tree "$release"
}

# Options on the command line win over every file in /etc/apt; a file of options would not.
apt_for() {
  local release=$1
  local options
  shift
  mapfile -t options <"$lab/apt/$release/options"
  DEBIAN_FRONTEND=noninteractive apt-get -q "${options[@]}" "$@" 9>&-
}

write_apt_configuration() {
  local release=$1
  local apt=$lab/apt/$release
  printf -- '-o%s\n' \
    "Dir::Etc::sourcelist=$apt/sources.list" Dir::Etc::sourceparts=/dev/null \
    Dir::Etc::preferences=/dev/null Dir::Etc::preferencesparts=/dev/null \
    "Dir::State::lists=$apt/lists" "Dir::State::extended_states=$apt/extended_states" \
    "Dir::State::status=$(tree_of "$release")/var/lib/dpkg/status" \
    "Dir::Cache=$apt/cache" "Dir::Cache::archives=$(repository_of "$release")" \
    APT::Sandbox::User=root APT::Install-Recommends=true APT::Update::Error-Mode=any \
    Acquire::Languages=none
}

write_sources() {
  local release=$1
  local security
  security=$(mirror_labelled Debian-Security)
  local keys='[signed-by=/usr/share/keyrings/debian-archive-keyring.gpg]'
  echo "deb $keys $(debian_mirror) $release main"
  if [[ -n $security ]]; then echo "deb $keys $security $release-security main"; fi
}

# So that a fresh host knows its candidates, as a cloud image does after its first boot.
list_repository_in_tree() {
  local release=$1
  local tree
  tree=$(tree_of "$release")
  mkdir -p "$tree/repo"
  # A mount namespace of its own: the bind mount goes with the command, whatever happens to it.
  # shellcheck disable=SC2016 # $1 and $2 are the inner shell's
  unshare --mount bash -c 'mount --bind "$1" "$2/repo" && chroot "$2" apt-get -q update' \
    - "$(repository_of "$release")" "$tree" >>"$tree.log" 2>&1 9>&-
}
