#!/bin/sh
# Puts back a change that was cut off, or that nobody has confirmed. It lies in the journal; a timer
# starts it while there is one, the host does at boot, before ufw and mosquitto, and so does whoever
# finds a journal that nobody works on (with LOCKED, for it holds the lock).
cd "${0%/*}" || exit 1
export ROOT="${ROOT-}" SSH_CONNECTION="${SSH_CONNECTION-}"
if [ -z "${SERVICES-}" ]; then
  if [ -d /run/systemd/system ]; then SERVICES=systemd; else SERVICES=sysv; fi
fi
. ./common.sh
. ./journal.sh
. ./undo.sh
# What it did without anybody to tell: the next who looks reads it.
export EVENTS="${EVENTS:-$state_folder/undone}"

mkdir -p "$ROOT/run/bednet"
if [ -z "${LOCKED-}" ]; then
  exec 9>>"$lock"
  # Whoever holds it is at work.
  flock -n 9 && [ -e "$journal" ] || exit 0
fi
read_state
# NOW: whoever holds the lock has other plans with this host.
may_be_confirmed && [ -z "${NOW-}" ] && exit 0
hold_lock "the guard of this host"
if [ -z "${confirm_until-}" ]; then
  put_back "the change was cut off"
elif [ -e "$same_boot" ]; then
  put_back "nobody came back over a new connection within $confirm_wait_seconds seconds"
else
  put_back "the host started again before anybody had come back over a new connection"
fi
