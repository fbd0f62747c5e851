#!/bin/sh
# Carries out one plan: packages, generation, firewall, service. It ends with the new state proven
# and committed, or with everything put back.
. ./common.sh

dpkg_wait_seconds=600
try_wait_seconds=10
reload_wait_seconds=5
kept_generations=5

previous=
switched=
loaded=
firewall_enabled=
was_running=

main() {
  take_lock
  trap 'put_back "interrupted"' EXIT
  trap 'exit 1' HUP INT TERM
  broker_runs && was_running=yes
  install_packages || put_back "the packages could not be installed"
  build_generation || put_back "the generation could not be written"
  try_generation || put_back "Mosquitto does not start with the new configuration"
  open_firewall || put_back "the firewall could not be changed"
  switch_generation || put_back "the generation could not be switched"
  load_generation || put_back "the broker does not serve the new configuration"
  prove_generation || put_back "the broker did not pass its proof"
  commit
  finish "done" "generation $(readlink "$generations/current") is in service"
}

install_packages() {
  [ -n "$PACKAGES" ] || return 0
  tell step "installing $PACKAGES"
  wait_for_dpkg
  # No question may be asked, by apt, by a package or by needrestart: nobody is there to answer.
  export DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none
  apt-get -q -o DPkg::Lock::Timeout=$dpkg_wait_seconds update >apt.log 2>&1 9>&- ||
    tell note "apt-get update failed; installing from the lists that are there"
  # shellcheck disable=SC2086 # a list of words
  apt-get -q -y -o DPkg::Lock::Timeout=$dpkg_wait_seconds -o Dpkg::Options::=--force-confold \
    install $PACKAGES >>apt.log 2>&1 9>&- && return 0
  tell_log apt.log
  return 1
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

build_generation() {
  [ -n "$GENERATION" ] || return 0
  tell step "writing generation $GENERATION"
  next="$generations/$GENERATION"
  mkdir -p "$generations" && rm -rf "$next" "$next.new" && mkdir "$next.new" || return 1
  while read -r mode owner name; do
    # Owner and mode first, content last.
    : >"$next.new/$name" && own_by "$owner:mosquitto" "$next.new/$name" || return 1
    chmod "$mode" "$next.new/$name" && cat "files/$name" >"$next.new/$name" || return 1
  done <manifest
  own_by root:mosquitto "$generations" "$next.new"
  chmod 0750 "$generations" "$next.new"
  mv -T "$next.new" "$next" && sync -f "$next"
}

# Starts the host's own Mosquitto on a scratch copy: free loopback ports, nothing kept.
try_generation() {
  [ -n "$GENERATION" ] || return 0
  tell step "trying the configuration"
  scratch="$ROOT/run/bednet-try-$ID"
  mkdir -m 0750 "$scratch" && own_by root:mosquitto "$scratch" || return 1
  scratch_configuration >"$scratch/try.conf" && chmod 0640 "$scratch/try.conf"
  own_by root:mosquitto "$scratch/try.conf"
  "$(mosquitto_program)" -c "$scratch/try.conf" >try.log 2>&1 9>&- &
  trial=$!
  wait_for $try_wait_seconds trial_is_over
  kill "$trial" 2>/dev/null
  wait "$trial" 2>/dev/null
  rm -rf "$scratch"
  trial_ran && return 0
  tell_log try.log
  return 1
}

scratch_configuration() {
  # A sandbox that root runs says so in its own mosquitto.conf.
  grep '^user ' "$mosquitto_folder/mosquitto.conf"
  port=$((20000 + $(printf '%d' "0x$(printf '%.3s' "$ID")")))
  while IFS= read -r line; do
    case $line in
    'persistence '*) echo 'persistence false' ;;
    'listener '*)
      while port_is_open $port; do port=$((port + 1)); done
      echo "listener $port 127.0.0.1"
      port=$((port + 1))
      ;;
    *) printf '%s\n' "$line" ;;
    esac
  done <"$generations/$GENERATION/broker.conf" |
    sed "s#$generations/current/#$generations/$GENERATION/#"
}

trial_ran() {
  grep -q 'mosquitto version .* running$' try.log
}

trial_is_over() {
  trial_ran || ! kill -0 "$trial" 2>/dev/null
}

# Each line of `firewall` is one command; the same line of `firewall.undo` takes it back.
open_firewall() {
  : >firewall.done
  while IFS= read -r line <&4; do
    tell step "$line"
    sh -c "$line" >ufw.log 2>&1 9>&- || {
      tell_log ufw.log
      return 1
    }
    echo >>firewall.done
  done 4<firewall
  [ "$ENABLE_FIREWALL" = yes ] || return 0
  tell step "enabling the firewall"
  firewall_enabled=yes
  ufw --force enable >ufw.log 2>&1 9>&- && return 0
  tell_log ufw.log
  return 1
}

switch_generation() {
  [ -n "$GENERATION" ] || return 0
  tell step "switching to generation $GENERATION"
  previous=$(readlink "$generations/current")
  # From here until it is loaded, "loaded" must not say that it is.
  rm -f "$generations/loaded"
  switched=yes
  link_to "$GENERATION" "$generations/current" &&
    link_to ../bednet/current/broker.conf "$configuration_link" && sync -f "$generations"
}

load_generation() {
  [ "$ENABLE_SERVICE" = yes ] && enable_broker
  [ "$ACTION" = nothing ] && return 0
  tell step "$ACTION of mosquitto"
  loaded=yes
  mark_log
  "${ACTION}_broker" 2>service.log || {
    tell_log service.log
    new_log | tell_log -
    return 1
  }
  # shellcheck disable=SC2086 # a list of words
  wait_for $start_wait_seconds all_ports_open && ! new_log | grep -E '^[0-9]+: Error' >fault.log &&
    return 0
  for port in $PORTS; do port_is_open "$port" || tell note "nothing listens on port $port"; done
  new_log | tell_log -
  return 1
}

all_ports_open() {
  for port in $PORTS; do port_is_open "$port" || return 1; done
}

# Each line of `proof/listeners`: address, port, and whether client certificates are checked there.
prove_generation() {
  [ -s proof/listeners ] && command -v openssl >/dev/null || return 0
  tell step "proving what the broker serves"
  while read -r address port certificate <&4; do
    wait_for $reload_wait_seconds serves_our_certificate || {
      tell note "port $port does not serve the new certificate"
      return 1
    }
    [ "$certificate" = yes ] || continue
    admits good || {
      tell note "port $port refuses a good certificate"
      return 1
    }
    ! admits revoked || {
      tell note "port $port admits a revoked certificate"
      return 1
    }
  done 4<proof/listeners
}

serves_our_certificate() {
  served=$(handshake -cert proof/good.crt -key proof/good.key 2>/dev/null |
    openssl x509 -noout -fingerprint -sha256 2>/dev/null | tr -d : | tr 'A-F' 'a-f')
  [ "${served#*=}" = "$CERTIFICATE_SHA256" ]
}

admits() {
  handshake -cert "proof/$1.crt" -key "proof/$1.key" >/dev/null 2>&1
}

# In TLS 1.2 the client still waits when the broker judges its certificate: the exit code tells.
handshake() {
  timeout 5 openssl s_client -connect "$address:$port" -servername "$SERVER_NAME" -tls1_2 \
    -CAfile proof/ca.crt -verify_return_error "$@" </dev/null
}

commit() {
  # Only what the broker has loaded may be stamped, and a stamp is never half written.
  readlink "$generations/current" >"$generations/loaded.new" &&
    mv -T "$generations/loaded.new" "$generations/loaded"
  number=$(readlink "$generations/current")
  for folder in "$generations"/[0-9]*; do
    [ "${folder##*/}" = "$number" ] && continue
    own_by root:root "$folder"
    chmod 0700 "$folder"
  done
  find "$generations" -mindepth 1 -maxdepth 1 -type d -printf "%f\n" | grep -E '^[0-9]+$' | sort -rn | tail -n "+$((kept_generations + 1))" |
    while IFS= read -r old; do
      [ "$old" = "$number" ] || rm -rf "${generations:?}/$old"
    done
  sync -f "$generations"
}

# put_back MESSAGE: everything this run has touched, in the opposite order, and no further.
put_back() {
  trap - EXIT HUP INT TERM
  [ -n "${trial-}" ] && kill "$trial" 2>/dev/null
  rm -rf "$ROOT/run/bednet-try-$ID"
  tell step "putting back: $1"
  [ -n "$switched" ] && switch_back
  [ "$firewall_enabled" = yes ] && ufw --force disable >/dev/null 2>&1
  close_firewall
  if [ -n "$loaded" ]; then bring_back_broker; fi
  [ -n "$GENERATION" ] && rm -rf "${generations:?}/$GENERATION" "${generations:?}/$GENERATION.new"
  [ -n "$loaded$switched" ] && [ -n "$previous" ] && printf '%s\n' "$previous" >"$generations/loaded"
  finish restored "$1; the host is as it was before"
}

switch_back() {
  if [ -n "$previous" ]; then
    link_to "$previous" "$generations/current"
  else
    rm -f "$configuration_link" "$generations/current"
  fi
}

close_firewall() {
  [ -s firewall.done ] || return 0
  head -n "$(wc -l <firewall.done)" firewall.undo | tac | while IFS= read -r line; do
    sh -c "$line" >/dev/null 2>&1
  done
}

bring_back_broker() {
  if [ "$was_running" = yes ]; then restart_broker; else stop_broker; fi
}

# wait_for SECONDS COMMAND…: true as soon as it is.
wait_for() {
  tries=$(($1 * 20))
  shift
  until "$@"; do
    tries=$((tries - 1))
    [ $tries -gt 0 ] || return 1
    sleep 0.05
  done
}

main
