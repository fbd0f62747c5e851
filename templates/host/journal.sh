# What a change has touched, on disk before it is touched, with all that undoing it takes: so a host
# can put back a change whose script was killed or whose power was cut, and one that has closed the
# firewall to whoever made it.

state_folder="$ROOT/var/lib/bednet"
journal="$state_folder/journal"
# Gone after a boot, when nobody can come back to what was open before.
same_boot="$ROOT/run/bednet/journal-of-this-boot"
confirm_wait_seconds=60
guard_period_seconds=15
guard_units='bednet-guard.service bednet-watch.service bednet-watch.timer'

# Whole, or not there.
open_journal() {
  rm -rf "$journal.new" && mkdir -p "$journal.new" || return 1
  chmod 0700 "$state_folder"
  cp common.sh journal.sh undo.sh guard.sh settings firewall.undo "$journal.new/" &&
    : >"$journal.new/state" && : >"$journal.new/rules" && install_guard &&
    sync -f "$journal.new" && mv -T "$journal.new" "$journal" || return 1
  sync -f "$state_folder" && : >"$same_boot" && start_guard || {
    close_journal
    return 1
  }
}

# record NAME VALUE: also a variable. What was cut off within a line was not begun.
record() {
  eval "$1=\$2"
  printf "%s='%s'\n" "$1" "$2" >>"$journal/state" && sync "$journal/state"
}

# Whole lines only: of one that was cut off nothing had begun.
read_state() {
  eval "$(grep "^[a-z_]*='[^']*'\$" "$journal/state")"
}

# Counted first: taking back a rule that was never made does no harm, forgetting one does.
count_rule() {
  echo >>"$journal/rules" && sync "$journal/rules"
}

# For whoever holds the lock: the guard has the last word.
put_back_by_guard() {
  LOCKED=yes NOW=yes EVENTS="$PWD/events" sh "$journal/guard.sh"
  exit
}

close_journal() {
  rm -rf "$journal.closed"
  mv -T "$journal" "$journal.closed" && sync -f "$state_folder" || return 1
  drop_journal
}

# Also one that was half made. Last what shows that it is to be done: whoever is cut off here leaves it
# to the next.
drop_journal() {
  [ "$SERVICES" != systemd ] || systemctl stop bednet-watch.timer
  rm -f "$same_boot"
  rm -rf "$journal.new" "$journal.closed"
}

await_confirmation() {
  record made_from "$SSH_CONNECTION" &&
    record confirm_until $(($(uptime_seconds) + confirm_wait_seconds))
}

may_be_confirmed() {
  [ -n "${confirm_until-}" ] && [ -e "$same_boot" ] && [ "$(uptime_seconds)" -lt "$confirm_until" ]
}

# Unlike the clock it is never set.
uptime_seconds() {
  cut -d . -f 1 /proc/uptime
}

install_guard() {
  case $SERVICES in
  systemd)
    for unit in $guard_units; do
      cmp -s "$unit" "/etc/systemd/system/$unit" && continue
      cp "$unit" "/etc/systemd/system/$unit.new" && chmod 0644 "/etc/systemd/system/$unit.new" &&
        mv "/etc/systemd/system/$unit.new" "/etc/systemd/system/$unit" || return 1
      guard_is_new=yes
    done
    [ -z "${guard_is_new-}" ] ||
      { systemctl daemon-reload && systemctl enable --quiet bednet-guard.service; }
    ;;
  sysv)
    cp bednet-guard.init /etc/init.d/bednet-guard && chmod 0755 /etc/init.d/bednet-guard &&
      update-rc.d bednet-guard defaults >/dev/null 2>&1
    ;;
  esac
}

start_guard() {
  case $SERVICES in
  systemd) systemctl start bednet-watch.timer ;;
  sysv)
    setsid sh -c 'while sleep "$1" && [ -e "$0" ]; do sh "$0/guard.sh"; done' "$journal" \
      $guard_period_seconds </dev/null >/dev/null 2>&1 9>&- &
    ;;
  esac
}

remove_guard() {
  # In one rename: half a journal would be one that nobody can end.
  rm -rf "$journal.closed"
  [ ! -e "$journal" ] || mv -T "$journal" "$journal.closed"
  case $SERVICES in
  systemd)
    systemctl stop bednet-watch.timer 2>/dev/null
    # Not stopped: it may be the guard that does this.
    systemctl disable --quiet bednet-guard.service 2>/dev/null
    for unit in $guard_units; do rm -f "/etc/systemd/system/$unit"; done
    systemctl daemon-reload
    ;;
  sysv)
    update-rc.d bednet-guard remove >/dev/null 2>&1
    rm -f /etc/init.d/bednet-guard
    ;;
  esac
  rm -rf "${state_folder:?}" "$same_boot"
}
