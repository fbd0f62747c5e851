#!/bin/sh
# Carries out one plan: packages, generation, firewall, service. It ends with the new state proven
# and committed, or with everything put back. With BASE the generation is what that one was.
. ./common.sh
. ./journal.sh
. ./undo.sh
. ./install.sh
. ./archive.sh

probe_limit_seconds=10
kept_generations=5
script_start_seconds=2

main() {
  take_lock
  # Another run, cut off from whoever started it, has made it since this one was planned.
  [ -n "$GENERATION" ] && [ -e "$generations/$GENERATION" ] &&
    finish failed "generation $GENERATION was made meanwhile; nothing was changed now"
  [ ! -e "$journal" ] ||
    finish failed "another change was left open meanwhile; nothing was changed now"
  open_journal ||
    finish failed "the journal of the change could not be written; nothing was changed"
  trap 'put_back "interrupted"' EXIT
  trap 'exit 1' HUP INT TERM
  ! broker_runs || record was_running yes || put_back "the journal cannot be written"
  change_archive || put_back "the archive of Mosquitto's packages could not be used"
  install_packages || put_back "the packages could not be installed"
  install_source || put_back "Mosquitto could not be built"
  build_generation || put_back "the generation could not be written"
  try_generation || put_back "Mosquitto does not start with the new configuration"
  open_firewall || put_back "the firewall could not be changed"
  switch_generation || put_back "the generation could not be switched"
  load_generation || put_back "the broker does not serve the new configuration"
  prove_generation || put_back "the broker did not pass its proof"
  commit
  number=$(readlink "$generations/current")
  [ "$NEEDS_CONFIRMATION" = yes ] || {
    close_journal || put_back "the journal cannot be closed"
    finish "done" "generation $number is in service"
  }
  await_confirmation || put_back "the journal cannot be written"
  finish unconfirmed "generation $number is in service, and put back unless a new connection confirms it"
}

build_generation() {
  [ -n "$GENERATION" ] || return 0
  [ -z "${BASE-}" ] || { build_from_base && return 0 || return 1; }
  tell step "writing generation $GENERATION"
  next="$generations/$GENERATION"
  mkdir -p "$generations" && rm -rf "$next" "$next.new" && mkdir "$next.new" || return 1
  while read -r mode owner name; do
    # Owner and mode first, content last.
    : >"$next.new/$name" && own_by "$owner:mosquitto" "$next.new/$name" || return 1
    chmod "$mode" "$next.new/$name" && cat "files/$name" >"$next.new/$name" || return 1
  done <manifest
  record_files "$next.new" || return 1
  own_by root:mosquitto "$generations" "$next.new"
  chmod 0750 "$generations" "$next.new"
  mv -T "$next.new" "$next" && sync -f "$next"
}

# What an earlier generation was, but for whom it let in and who is gone since. What is to be proven
# is told by its own configuration.
build_from_base() {
  tell step "writing generation $GENERATION, as generation $BASE was"
  next="$generations/$GENERATION"
  [ -d "$generations/$BASE" ] && copy_without_the_gone "$generations/$BASE" files "$next" || return 1
  mkdir -p proof && listeners_of "$next/broker.conf" >proof/listeners || return 1
  PORTS=$(ports_of "$next/broker.conf")
  [ ! -s proof/listeners ] || CERTIFICATE_SHA256=$(fingerprint <"$next/broker.crt")
}

# listeners_of CONFIGURATION: the lines of proof/listeners that it stands for.
listeners_of() {
  awk '
    function tell() { if (tls && !web) print address, port, asks ? "yes" : "no" }
    $1 == "listener" { tell(); port = $2; address = $3 ? $3 : "127.0.0.1"; tls = web = asks = 0 }
    address ~ /^[^[].*:/ { address = "[" address "]" }
    $1 == "certfile" { tls = 1 }
    $1 == "protocol" && $2 == "websockets" { web = 1 }
    $1 == "require_certificate" && $2 == "true" { asks = 1 }
    END { tell() }' "$1"
}

# Starts the host's own Mosquitto on a scratch copy: free loopback ports, nothing kept.
try_generation() {
  [ -n "$GENERATION" ] || return 0
  tell step "trying the configuration"
  scratch_configuration >"$generations/try.conf" && own_by root:mosquitto "$generations/try.conf" &&
    chmod 0640 "$generations/try.conf" || return 1
  # What the service's user cannot read, the trial must not read either.
  # shellcheck disable=SC2046 # words, or none
  $(as_service_user) "$(mosquitto_program)" -c "$generations/try.conf" >try.log 2>&1 9>&- &
  record trial $! || return 1
  wait_for $try_wait_seconds trial_is_over
  end_trial
  trial_ran && return 0
  tell_log try.log
  return 1
}

# What is newer starts the broker as its user; the others start it as root, which it gives up later.
as_service_user() {
  case $SERVICES in
  systemd) user=$(systemctl show mosquitto --property User --value) ;;
  sysv) user=$(grep -q -e --chuid /etc/init.d/mosquitto && echo mosquitto) ;;
  child) return 0 ;;
  esac
  case $user in '' | root) ;; *) echo "setpriv --reuid $user --regid $user --init-groups" ;; esac
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
  trial_ran || trial_is_gone
}

# Each line of `firewall` is one command; the same line of `firewall.undo` takes it back.
open_firewall() {
  while IFS= read -r line <&4; do
    tell step "$line"
    # Counted first: taking back a rule that was never made does no harm, forgetting one does.
    count_rule || return 1
    change_firewall sh -c "$line" || return 1
  done 4<firewall
  [ "$ENABLE_FIREWALL" = yes ] || return 0
  tell step "enabling the firewall"
  record firewall_enabled yes || return 1
  change_firewall ufw --force enable
}

switch_generation() {
  [ -n "$GENERATION" ] || return 0
  tell step "switching to generation $GENERATION"
  record previous "$(readlink "$generations/current")" &&
    record previous_loaded "$(cat "$generations/loaded" 2>/dev/null)" &&
    record switched yes || return 1
  # From here until it is loaded, "loaded" must not say that it is.
  rm -f "$generations/loaded"
  link_to "$GENERATION" "$generations/current" &&
    link_to ../bednet/current/broker.conf "$configuration_link" && sync -f "$generations"
}

load_generation() {
  [ "$ENABLE_SERVICE" != yes ] || { record service_enabled yes && enable_broker; } || return 1
  [ "$ACTION" = nothing ] && return 0
  tell step "$ACTION of mosquitto"
  record loaded "$ACTION" || return 1
  mark_log
  "${ACTION}_broker" 2>service.log || {
    tell_log service.log
    tell_new_log
    return 1
  }
  wait_for $start_wait_seconds start_is_over
  # A reload is asked for, not done, when the command returns. From its first line on the broker does
  # nothing else until it is through: who connects after that meets the new state.
  [ "$ACTION" != reload ] || wait_for $reload_wait_seconds reload_has_begun
  all_ports_open && ! has_logged_fault && return 0
  for port in $PORTS; do port_is_open "$port" || tell note "nothing listens on port $port"; done
  tell_new_log
  return 1
}

# A broker that has failed is not waited for: until it is put back, nobody is served.
start_is_over() {
  all_ports_open || has_logged_fault || has_ended_at_once
}

# An init script says that it has started what is gone a moment later.
has_ended_at_once() {
  [ "$SERVICES" = sysv ] && [ $(($(date +%s) - log_mark_second)) -gt $script_start_seconds ] &&
    ! broker_runs
}

prove_generation() {
  tell step "proving what the broker serves"
  proves_certificates && keeps_forbidden
}

# Each line of `proof/listeners`: address, port, and whether client certificates are checked there.
proves_certificates() {
  [ -s proof/listeners ] && command -v openssl >/dev/null || return 0
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

# After the reload of a broken list of rights, Mosquitto 2.0 forbids nothing to anybody. The whole
# attempt stands in the tool's options file: its arguments can be read by every user of the host.
keeps_forbidden() {
  [ -s proof/mosquitto_pub ] && command -v mosquitto_pub >/dev/null || return 0
  XDG_CONFIG_HOME="$PWD/proof" timeout $probe_limit_seconds mosquitto_pub -m bednet-probe \
    -D publish message-expiry-interval 10 >forbidden.log 2>&1 9>&-
  grep -q 'Publish .* failed: Not authorized' forbidden.log && return 0
  tell note "a topic that its role may not write to is not refused to a canary"
  tell_log forbidden.log
  return 1
}

serves_our_certificate() {
  served=$(handshake -cert proof/good.crt -key proof/good.key 2>/dev/null |
    fingerprint)
  [ "$served" = "$CERTIFICATE_SHA256" ]
}

# Of the first certificate in the input: SHA-256, in hex.
fingerprint() {
  openssl x509 -noout -fingerprint -sha256 2>/dev/null | sed 's/.*=//' | tr -d : | tr 'A-F' 'a-f'
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
  rm -f "$state_folder/undone"
  # Only what the broker has loaded may be stamped, and a stamp is never half written.
  readlink "$generations/current" >"$generations/loaded.new" &&
    mv -T "$generations/loaded.new" "$generations/loaded"
  [ ! -e host.record ] || {
    cat host.record >"$generations/record.new" && mv -T "$generations/record.new" "$generations/record"
  }
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

main
