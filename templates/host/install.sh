# Brings the programs onto a host. Read by up.sh, after common.sh and journal.sh.

dpkg_wait_seconds=600
# Longer than any installation: cut off, apt leaves packages half configured.
install_limit_seconds=1800

install_packages() {
  [ -n "$PACKAGES" ] || return 0
  tell step "installing $PACKAGES"
  wait_for_dpkg
  [ "$SERVICES" != sysv ] || make_service_folders
  # No question may be asked, by apt, by a package or by needrestart: nobody is there to answer.
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none
  apt update >apt.log 2>&1 ||
    tell note "apt-get update failed; installing from the lists that are there"
  record installed yes || return 1
  finish_interrupted >>apt.log 2>&1
  # shellcheck disable=SC2086 # a list of words
  apt -y -o Dpkg::Options::=--force-confold install $PACKAGES >>apt.log 2>&1 && return 0
  tell_log apt.log
  return 1
}

# Whose installation was cut off, apt refuses every other until it is ended: so it says itself.
finish_interrupted() {
  [ -n "$(dpkg --audit)" ] || [ -n "$(ls -A /var/lib/dpkg/updates 2>/dev/null)" ] || return 0
  tell note "an installation was cut off here before; it is ended first"
  timeout $install_limit_seconds dpkg --force-confold --configure -a 9>&-
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

build_folder=/var/tmp/mosquitto-build
program_prefix=/usr/local
# Of which source it was built; it lies and goes with the program.
source_stamp=$program_prefix/share/mosquitto/source.sha256
source_files=$program_prefix/share/mosquitto/source.files

# Builds Mosquitto of the tarball that came along, as people do by hand; nothing is fetched for it.
install_source() {
  case ${SOURCE_SHA256-} in
  '') return 0 ;;
  remove) remove_source && return 0 || return 1 ;;
  esac
  tell step "building Mosquitto from its source"
  [ "$SERVICES" = systemd ] || {
    tell note "this host has no systemd, for which its service is written"
    return 1
  }
  [ "$(sha256sum <source.tar | cut -d ' ' -f 1)" = "$SOURCE_SHA256" ] || {
    tell note "the source that arrived has another SHA-256 than the profile says"
    return 1
  }
  record installed yes || return 1
  # Others read what is installed, whatever this script keeps to itself.
  (umask 022 && build_source && furnish_source) >build.log 2>&1 9>&-
  built=$?
  rm -rf "$build_folder"
  [ $built = 0 ] && return 0
  tell_log build.log
  return 1
}

build_source() {
  rm -rf "$build_folder" && mkdir -m 0700 "$build_folder" &&
    tar -xf source.tar -C "$build_folder" --strip-components 1 --no-same-owner &&
    make_source -j "$(nproc)" binary && rm -f "$source_stamp" && make_source install && ldconfig &&
    make_source DESTDIR="$build_folder/installed" install && mkdir -p "${source_files%/*}" &&
    (cd "$build_folder/installed" && find ".$program_prefix" ! -type d) >"$source_files"
}

make_source() {
  timeout $install_limit_seconds make -C "$build_folder" prefix=$program_prefix \
    WITH_WEBSOCKETS=yes WITH_DOCS=no "$@"
}

# What Debian's package would have brought beside the program. The stamp is last.
furnish_source() {
  id mosquitto >/dev/null 2>&1 || useradd --system --user-group --no-create-home \
    --home-dir /var/lib/mosquitto --shell /usr/sbin/nologin mosquitto || return 1
  mkdir -p /etc/mosquitto/conf.d "${source_stamp%/*}" &&
    install -d -o mosquitto -g mosquitto -m 0750 /var/lib/mosquitto /var/log/mosquitto &&
    install -d -o mosquitto -g mosquitto /run/mosquitto || return 1
  [ -e /etc/mosquitto/mosquitto.conf ] || source_configuration >/etc/mosquitto/mosquitto.conf || return 1
  source_unit_text >"$source_unit" && systemctl daemon-reload &&
    echo "$SOURCE_SHA256" >"$source_stamp" && sync -f "$source_stamp"
}

# Beside the package it would be what runs: on the PATH it is first, and its unit hides the other.
remove_source() {
  tell step "removing the Mosquitto that was built here"
  (cat "$source_files" 2>/dev/null && printf '.%s\n' "$source_files" "$source_stamp" "$source_unit") |
    while IFS= read -r file; do [ ! -e "/$file" ] || echo "$file"; done >source.files
  tar -C / -cf "$journal/source.tar" -T "$PWD/source.files" && sync -f "$journal/source.tar" &&
    record source_removed yes && (cd / && xargs rm -f) <source.files && renew_service
}

source_configuration() {
  cat <<'END'
pid_file /run/mosquitto/mosquitto.pid
persistence true
persistence_location /var/lib/mosquitto/
log_dest file /var/log/mosquitto/mosquitto.log
include_dir /etc/mosquitto/conf.d
END
}

source_unit_text() {
  cat <<END
[Unit]
Description=Mosquitto MQTT Broker
After=network-online.target
Wants=network-online.target

[Service]
ExecStartPre=/usr/bin/install -d -o mosquitto -g mosquitto /run/mosquitto
ExecStart=$program_prefix/sbin/mosquitto -c /etc/mosquitto/mosquitto.conf
ExecReload=/bin/kill -HUP \$MAINPID
Restart=on-failure

[Install]
WantedBy=multi-user.target
END
}
