# Shared by every script that changes a host. It stands in a private folder (/run/bednet/ID) with
# its upload, writes what it does to `events`, and knows: ROOT ('' or a sandbox), SERVICES
# (systemd, sysv or child), ID, SSH_CONNECTION, and the assignments in `settings`. The guard runs it
# in a journal, with EVENTS elsewhere.

set -u
umask 077
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

mosquitto_folder="$ROOT/etc/mosquitto"
generations="$mosquitto_folder/bednet"
configuration_link="$mosquitto_folder/conf.d/00-bednet.conf"
log_file="$ROOT/var/log/mosquitto/mosquitto.log"
archive_list="$ROOT/etc/apt/sources.list.d/bednet-mosquitto.list"
archive_files="$ROOT/etc/apt/keyrings/bednet-mosquitto.asc $ROOT/etc/apt/preferences.d/bednet-mosquitto.pref $archive_list"
source_unit=/etc/systemd/system/mosquitto.service
lock_wait_seconds=30
lock="$ROOT/run/bednet/lock"
start_wait_seconds=30
# With a large database Mosquitto takes its time.
stop_wait_seconds=30
reload_wait_seconds=5
firewall_limit_seconds=60

echo $$ >process
. ./settings

# tell KIND MESSAGE [STATUS]: one event, as one line of JSON.
tell() {
  text=$(printf '%s' "$2" | tr '\n\t' '  ' | tr -d '\000-\037' | sed 's/[\\"]/\\&/g')
  status=${3:+\"status\":\"$3\",}
  printf '{"kind":"%s",%s"message":"%s"}\n' "$1" "$status" "$text" >>"${EVENTS:-events}"
}

# finish STATUS MESSAGE: the last word. What was secret in the upload goes first.
finish() {
  trap - EXIT
  rm -rf files proof settings
  [ -z "${locked-}" ] || : >"$lock"
  tell end "$2" "$1"
  exit 0
}

# Descriptor 9 holds the lock, so the kernel lets go of it however this script ends. Nothing that
# outlives the script may inherit it: see 9>&- below. Whoever did not finish has left its name there.
take_lock() {
  exec 9>>"$lock"
  # Who only looks at a host has the lock for an instant.
  flock -w 1 9 || {
    tell note "waiting for another bednet: $(cat "$lock")"
    flock -w "${LOCK_WAIT:-$lock_wait_seconds}" 9 ||
      finish locked "another bednet holds this host: $(cat "$lock")"
  }
  [ ! -s "$lock" ] || tell note "taking over from a bednet that did not finish: $(cat "$lock")"
  hold_lock "${HOLDER:-somebody}, from ${SSH_CONNECTION:-this machine}"
}

# hold_lock WHO: for those who find it locked.
hold_lock() {
  locked=yes
  printf '%s, since %s, process %s\n' "$1" "$(date -u +%FT%TZ)" $$ >"$lock"
}

own_by() {
  # In a sandbox everything belongs to whoever runs it.
  [ "$SERVICES" = child ] || chown "$@"
}

# record_files FOLDER: what was written there, for a later look. Only so can it tell a file that was
# edited here by hand from a profile that was edited.
record_files() {
  (
    cd "$1" || exit 1
    for file in *; do
      echo "file $(stat -c '%a %U:%G' "$file") $(sha256sum "$file")" || exit 1
    done >.record && chmod 0600 .record
  )
}

# Debian puts it where a normal user's PATH does not look.
mosquitto_program() {
  command -v mosquitto
}

# What no service manager keeps the number of. The pid file of a sandbox outlives a reboot, and the
# number may be a stranger's by then; a package with an init script may have no such file at all.
process_of_broker() {
  case $SERVICES in
  sysv) pids=$(pidof mosquitto) ;;
  child) pids=$(cat "$ROOT/run/mosquitto.pid" 2>/dev/null) ;;
  esac
  for pid in $pids; do
    grep -qzxF "$mosquitto_folder/mosquitto.conf" "/proc/$pid/cmdline" 2>/dev/null &&
      echo "$pid" && return
  done
  return 1
}

broker_runs() {
  case $SERVICES in
  systemd) systemctl is-active --quiet mosquitto ;;
  *) process_of_broker >/dev/null ;;
  esac
}

stop_broker() {
  case $SERVICES in
  systemd) systemctl stop mosquitto ;;
  *)
    pid=$(process_of_broker) || return 0
    kill "$pid" 2>/dev/null
    wait_for $stop_wait_seconds broker_is_gone
    [ "$SERVICES" != child ] || rm -f "$ROOT/run/mosquitto.pid"
    ;;
  esac
}

broker_is_gone() {
  ! broker_runs
}

restart_broker() {
  case $SERVICES in
  systemd)
    # Five quick failures of an earlier state must not forbid the start of a mended one.
    systemctl reset-failed mosquitto 2>/dev/null
    systemctl restart mosquitto
    ;;
  sysv)
    make_service_folders
    stop_broker
    # Left by one that was killed, perhaps with rights that keep the next from writing there.
    rm -f /run/mosquitto/mosquitto.pid
    /etc/init.d/mosquitto start >/dev/null 2>&1 9>&-
    ;;
  child)
    stop_broker
    "$(mosquitto_program)" -c "$mosquitto_folder/mosquitto.conf" -d >>"$log_file" 2>&1 9>&-
    ;;
  esac
}

# An older packaged init script needs both and makes neither, not even as the package starts it; and
# it makes the pid file as root, which the broker is no longer when it writes there.
make_service_folders() {
  mkdir -p -m 0755 /run/mosquitto /var/log/mosquitto
  id mosquitto >/dev/null 2>&1 || return 0
  chown mosquitto: /run/mosquitto /var/log/mosquitto
  setfacl -m default:user:mosquitto:rw /run/mosquitto
}

reload_broker() {
  case $SERVICES in
  systemd) systemctl reload mosquitto ;;
  *) kill -HUP "$(process_of_broker)" ;;
  esac
}

# Its unit has come or gone: what starts it at boot is a link to where that was.
renew_service() {
  ldconfig && systemctl daemon-reload || return 1
  ! systemctl is-enabled --quiet mosquitto || systemctl reenable --quiet mosquitto
}

disable_broker() {
  case $SERVICES in
  systemd) systemctl disable --quiet mosquitto ;;
  sysv) update-rc.d mosquitto remove >/dev/null ;;
  esac
}

enable_broker() {
  case $SERVICES in
  systemd) systemctl enable --quiet mosquitto ;;
  sysv) update-rc.d mosquitto defaults >/dev/null ;;
  esac
}

port_is_open() {
  ss -Hlnt | grep -q "[]:.0-9*]:$1 "
}

all_ports_open() {
  for port in $PORTS; do port_is_open "$port" || return 1; done
}

ports_of() {
  sed -n 's/^listener \([0-9]*\).*/\1/p' "$1" | sort -u | tr '\n' ' '
}

# change_firewall COMMAND…: what it says is told only where it fails.
change_firewall() {
  timeout -k 5 $firewall_limit_seconds "$@" >ufw.log 2>&1 </dev/null 4<&- 9>&- && return 0
  tell_log ufw.log
  return 1
}

# link_to TARGET LINK: replaced by one rename, so there is no moment without it.
link_to() {
  ln -sfn "$1" "$2.new" && rename_link "$2.new" "$2"
}

# Older mv in Rust takes a link for its folder, and refuses. Perl is on every Debian.
rename_link() {
  mv -T "$1" "$2" 2>/dev/null || perl -e 'rename $ARGV[0], $ARGV[1] or die "$!\n"' "$1" "$2"
}

# `new_log` is what the broker has logged since `mark_log`.
mark_log() {
  log_mark=$(wc -c <"$log_file" 2>/dev/null || echo 0)
  log_mark_second=$(date +%s)
}

new_log() {
  tail -c "+$((log_mark + 1))" "$log_file" 2>/dev/null
}

has_logged_fault() {
  new_log | grep -qE '^[0-9]+: Error'
}

reload_has_begun() {
  new_log | grep -q 'Reloading config'
}

# Of a configuration that it cannot read Mosquitto tells before it has a log: only systemd hears it,
# again at each of its attempts.
tell_new_log() {
  new_log | tell_log -
  [ "$SERVICES" = systemd ] || return 0
  journalctl -q -o cat _SYSTEMD_UNIT=mosquitto.service --since "@$log_mark_second" 2>/dev/null |
    sed 's/^[0-9]*: //' | awk '!told[$0]++' | tell_log -
}

# tell_log FILE|-: its last lines as events.
tell_log() {
  tail -n 15 "$1" | while IFS= read -r line; do tell log "$line"; done
}

# wait_for SECONDS COMMAND…: true as soon as it is. Asked once at least, however late it is.
wait_for() {
  until_second=$(($(date +%s) + $1))
  shift
  until "$@"; do
    [ "$(date +%s)" -lt $until_second ] || return 1
    sleep 0.05
  done
}
