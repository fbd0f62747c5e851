# shellcheck shell=bash
# What building Mosquitto takes, for hosts that are to do it: Debian's own upstream tarball, and the
# tools and libraries as a second package repository. Sourced by scripts/lab.

readonly build_packages=(gcc g++ make libc6-dev libssl-dev libwebsockets-dev libcjson-dev openssl)

# $1: name of a host. Says where the tarball lies.
sources() {
  (($# == 1)) || misused 'sources needs one name'
  load_host "$1"
  local store=$lab/sources/${host[release]}
  alone "sources-${host[release]}" ensure_sources "${host[release]}" "$store"
  cp -r "$store/repository" "$(host_directory "$1")/root/build"
  run_inside "$1" "echo 'deb [trusted=yes] file:/build ./' >>/etc/apt/sources.list"
  ls "$store"/upstream/mosquitto_*.orig.tar.gz
}

# Run under a lock of its own. $2: where.
ensure_sources() {
  local release=$1 store=$2
  local log=$store/log
  [[ $(cat "$store/packages" 2>/dev/null) != "${build_packages[*]}" ]] || return 0
  say "downloading the source of Mosquitto and what builds it, for $release (once)"
  rm -rf -- "$store"
  mkdir -p "$store/repository/partial" "$store/upstream" "$store/cache" "$store/lists/partial"
  apt_for "$release" -o "Dir::Cache=$store/cache" -o "Dir::Cache::archives=$store/repository" \
    install --yes --download-only "${build_packages[@]}" >"$log" 2>&1 ||
    cannot "what builds Mosquitto can't be had for $release: $(tail -n 1 "$log")" "see $log"
  rm -rf -- "$store/repository/partial" "$store/repository/lock"
  (cd "$store/repository" && apt-ftparchive packages . >Packages 2>>"$log")
  write_sources "$release" | sed 's/^deb /deb-src /' >"$store/sources.list"
  download_source "$release" "$store" >"$log" 2>&1 ||
    cannot "Mosquitto's source can't be had for $release: $(tail -n 1 "$log")" "see $log"
  echo "${build_packages[*]}" >"$store/packages"
}

download_source() {
  local release=$1 store=$2
  local own=(-o "Dir::Etc::sourcelist=$store/sources.list" -o "Dir::State::lists=$store/lists"
    -o "Dir::Cache=$store/cache")
  apt_for "$release" "${own[@]}" update &&
    (cd "$store/upstream" && apt_for "$release" "${own[@]}" source --download-only mosquitto)
}
