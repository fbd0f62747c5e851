# shellcheck shell=bash
# A signed archive of packages, as an upstream has one beside Debian's: for a host's own release what
# the lab has for it. Sourced by scripts/lab.

# $1: name of a host; $2: an older release, whose packages become the host's own then. Says where the
# key lies that signs it.
archive() {
  (($# == 1 || $# == 2)) || misused 'archive needs a name, and may have an older release'
  load_host "$1"
  local root store release=${host[release]}
  root=$(host_directory "$1")/root
  alone archive-key ensure_archive_key
  if (($# == 2)); then
    store=$lab/archive/$2-for-$release
    alone "release-$2" ensure_release "$2"
    alone "archive-$2" ensure_older "$2" "$release" "$store"
    cp -r "$store" "$root/older"
    echo 'deb [trusted=yes] file:/older ./' >"$root/etc/apt/sources.list"
    run_inside "$1" 'apt-get -q update' >/dev/null
  fi
  mkdir -p "$root/mosquitto/pool" "$root/mosquitto/dists/$release/main/binary-$(dpkg --print-architecture)"
  cp "$(repository_of "$release")"/*.deb "$root/mosquitto/pool"
  add_newer_package "$root/mosquitto/pool"
  (cd "$root/mosquitto" && index_archive "$release")
  echo "$lab/archive/key.asc"
}

# Run under a lock of its own. $1: the older release; $2: of whom it is to run on; $3: where.
ensure_older() {
  local log=$lab/archive/log
  [[ ! -e $3/Packages ]] || return 0
  mkdir -p "$3/partial"
  apt_for "$1" -o "Dir::State::status=$(tree_of "$2")/var/lib/dpkg/status" \
    -o "Dir::Cache::archives=$3" install --yes --download-only mosquitto mosquitto-clients >"$log" 2>&1 ||
    cannot "Mosquitto of $1 can't be had for $2: $(tail -n 1 "$log")" "see $log"
  rm -rf -- "$3/partial" "$3/lock"
  (cd "$3" && apt-ftparchive packages . >Packages.new 2>>"$log" && mv Packages.new Packages)
}

ensure_archive_key() {
  [[ ! -e $lab/archive/key.asc ]] || return 0
  install -d -m 700 "$lab/archive/gnupg"
  gpg_of_lab --passphrase '' --quick-generate-key 'bednet lab' ed25519 sign never
  gpg_of_lab --armor --export >"$lab/archive/key.asc.new"
  mv "$lab/archive/key.asc.new" "$lab/archive/key.asc"
}

# Its agent would outlive it.
gpg_of_lab() {
  gpg --homedir "$lab/archive/gnupg" --batch --quiet --yes "$@" 9>&- &&
    gpgconf --homedir "$lab/archive/gnupg" --kill all
}

# Something that every host has, in a version that none has: nobody should ever take it from there.
add_newer_package() {
  local tree
  tree=$(mktemp -d)
  mkdir "$tree/DEBIAN"
  printf '%s\n' 'Package: netbase' 'Version: 99' 'Architecture: all' 'Maintainer: lab <lab@lab.test>' \
    'Description: newer than that of any release' >"$tree/DEBIAN/control"
  dpkg-deb --root-owner-group --build "$tree" "$1/netbase_99_all.deb" >/dev/null
  rm -rf -- "$tree"
}

# Run in the archive. What it calls itself is in its Release file.
index_archive() {
  local dist=dists/$1 about=APT::FTPArchive::Release
  rm -f "$dist/Release" "$dist/InRelease"
  apt-ftparchive packages pool >"$(echo "$dist"/main/binary-*)/Packages" 2>/dev/null
  apt-ftparchive -o $about::Origin=Lab-Upstream -o "$about::Codename=$1" -o $about::Components=main \
    -o "$about::Architectures=$(dpkg --print-architecture)" release "$dist" >Release.new
  mv Release.new "$dist/Release"
  gpg_of_lab --clearsign --output "$dist/InRelease" "$dist/Release"
}
