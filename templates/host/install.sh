# Brings the programs onto a host. Read by up.sh, after common.sh and journal.sh.

dpkg_wait_seconds=600
# Longer than any installation: cut off, apt leaves packages half configured.
install_limit_seconds=1800

install_packages() {
  [ -n "$PACKAGES" ] || return 0
  tell step "installing $PACKAGES"
  wait_for_dpkg
  # No question may be asked, by apt, by a package or by needrestart: nobody is there to answer.
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none
  apt update >apt.log 2>&1 ||
    tell note "apt-get update failed; installing from the lists that are there"
  record installed yes || return 1
  # shellcheck disable=SC2086 # a list of words
  apt -y -o Dpkg::Options::=--force-confold install $PACKAGES >>apt.log 2>&1 && return 0
  tell_log apt.log
  return 1
}

apt() {
  timeout $install_limit_seconds apt-get -q -o DPkg::Lock::Timeout=$dpkg_wait_seconds "$@" 9>&-
}

# A fresh cloud machine upgrades itself for minutes: say who it is that we wait for.
wait_for_dpkg() {
  waited=0
  while holder=$(dpkg_lock_holder) && [ -n "$holder" ] && [ $waited -lt $dpkg_wait_seconds ]; do
    [ $((waited % 10)) = 0 ] && tell note "waiting for the package lock, held by $holder"
    sleep 1
    waited=$((waited + 1))
  done
}

dpkg_lock_holder() {
  for lock in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock; do
    inode=$(stat -c %i "$lock" 2>/dev/null) || continue
    pid=$(awk -v inode=":$inode\$" '$6 ~ inode { print $5; exit }' /proc/locks)
    [ -n "$pid" ] || continue
    echo "$(cat "/proc/$pid/comm" 2>/dev/null || echo somebody) (process $pid)"
    return
  done
}
