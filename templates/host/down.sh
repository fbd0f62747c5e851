#!/bin/sh
# Takes bednet's configuration and rules off a host. Packages and what others made stay.
. ./common.sh
. ./journal.sh

main() {
  take_lock
  [ ! -e "$journal" ] || put_back_first
  tell step "removing the configuration"
  rm -f "$configuration_link"
  if [ -e "$archive_list" ]; then
    tell step "removing the archive of Mosquitto's packages; the packages stay"
    # shellcheck disable=SC2086 # a list of paths
    rm -f $archive_files
  fi
  tell step "removing firewall rules"
  while IFS= read -r line <&4; do change_firewall sh -c "$line"; done 4<firewall
  if [ "$SERVICES" = child ]; then
    tell step "stopping the sandbox's broker"
    stop_broker
  elif broker_runs; then
    tell step "restarting mosquitto without bednet's listeners"
    restart_broker || tell note "mosquitto did not start again: see its log"
  fi
  # Last: an interrupted run must still find whose host this is.
  rm -rf "${generations:?}"
  remove_guard
  finish "done" "bednet's configuration is gone from this host"
}

# Of a change that was cut off, what is not ours alone: a firewall that was enabled, a broker stopped.
put_back_first() {
  LOCKED=yes NOW=yes EVENTS="$PWD/guard.events" sh "$journal/guard.sh"
  [ ! -e "$journal" ] || finish failed "an earlier change is open, and cannot be put back"
  # The guard has emptied it.
  hold_lock "${HOLDER:-somebody}, from ${SSH_CONNECTION:-this machine}"
  tell note "an earlier change had been left open, and was put back first"
}

main
