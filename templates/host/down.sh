#!/bin/sh
# Takes bednet's configuration and rules off a host. Packages and what others made stay.
. ./common.sh

main() {
  take_lock
  tell step "removing the configuration"
  rm -f "$configuration_link"
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
  finish "done" "bednet's configuration is gone from this host"
}

main
