#!/bin/sh
# Ends whoever holds this host: asks it to put back what it has touched, and puts it back itself where
# it does not.
. ./common.sh
. ./journal.sh

release_wait_seconds=60

main() {
  ! is_free || finish "done" "nobody holds this host"
  pid=$(sed -n 's/.*, process \([0-9]*\)$/\1/p' "$lock")
  [ -n "$pid" ] || finish failed "who holds this host has left no name: $(cat "$lock")"
  holder=$(cat "$lock")
  tell step "ending $holder"
  kill -TERM "$pid" 2>/dev/null
  wait_for $release_wait_seconds is_free || {
    [ "$(cat "$lock")" = "$holder" ] || finish failed "it has ended, and another holds this host now"
    tell note "it did not end within $release_wait_seconds seconds and is killed"
    kill -KILL "$pid" 2>/dev/null
  }
  take_lock
  [ ! -e "$journal" ] || put_back_by_guard
  finish "done" "this host is free again"
}

is_free() {
  flock -n "$lock" true
}

main
