# Puts back what a change has touched, by its journal: for the script of the change itself, and for
# the guard when that is no more.

try_wait_seconds=10

# put_back MESSAGE: everything that was touched, in the opposite order, and no further.
put_back() {
  trap - EXIT
  # Half put back is worse than either: from here on it goes to its end.
  trap '' HUP INT TERM
  end_trial
  tell step "putting back: $1"
  [ -z "${switched-}" ] || switch_back
  [ -z "${source_removed-}" ] || { tar -C / -xf "$journal/source.tar" && renew_service; }
  [ -z "${firewall_enabled-}" ] || change_firewall ufw --force disable
  close_firewall
  [ -z "${archive_changed-}" ] || restore_archive
  [ -z "${service_enabled-}" ] || disable_broker
  [ -z "${loaded-}" ] || bring_back_broker ||
    end_undo failed "$1; and the broker as it was before does not start again"
  [ -z "${switched-}${loaded-}" ] || stamp_previous
  [ -z "$GENERATION" ] || [ "$(readlink "$generations/current")" = "$GENERATION" ] ||
    rm -rf "${generations:?}/$GENERATION" "${generations:?}/$GENERATION.new"
  [ -z "${unmended-}" ] ||
    end_undo failed "$1; the host is as it was before, with an older list of the revoked: run it again"
  end_undo restored "$1; the host is as it was before${installed:+, but for packages installed}"
}

end_undo() {
  # A host that had nothing of ours has nothing again.
  if [ ! -e "$generations" ] || rmdir "$generations" 2>/dev/null; then
    remove_guard
  else
    close_journal || finish failed "$2; but its journal cannot be closed"
  fi
  finish "$1" "$2"
}

# A number may be a stranger's by now: what runs as one of our trials says so.
end_trial() {
  if [ -n "${trial-}" ] && grep -qz '/try\.conf$' "/proc/$trial/cmdline" 2>/dev/null; then
    kill "$trial" 2>/dev/null
    wait_for $try_wait_seconds trial_is_gone || kill -KILL "$trial" 2>/dev/null
    wait "$trial" 2>/dev/null
  fi
  rm -f "$generations/try.conf"
  trial=
}

trial_is_gone() {
  # Gone, or a zombie that only waits for its exit code to be fetched.
  case $(cut -d ' ' -f 3 "/proc/$trial/stat" 2>/dev/null) in '' | Z) ;; *) return 1 ;; esac
}

switch_back() {
  # Cut off between the two steps of `link_to`.
  rm -f "$configuration_link.new" "$generations/current.new"
  if [ -n "$previous" ]; then
    leave_out_the_gone
    # Once it was committed, nobody but root could read the old one.
    own_by root:mosquitto "$generations/$previous"
    chmod 0750 "$generations/$previous"
    link_to "$previous" "$generations/current"
  else
    rm -f "$configuration_link" "$generations/current"
  fi
}

# Nobody who was revoked or removed comes back with an old state: then it is made once more, with the
# newer list of the revoked, and of its passwords those that still are.
leave_out_the_gone() {
  [ -n "${loaded-}" ] || return 0
  old="$generations/$previous"
  new="$generations/$GENERATION"
  same_or_alone "$old/crl.pem" "$new/crl.pem" && same_or_alone "$old/passwords" "$new/passwords" &&
    return 0
  mended=$((GENERATION + 1))
  copy_without_the_gone "$old" "$new" "$generations/$mended" || {
    unmended=yes
    return 0
  }
  # Whoever goes on from here must not find the old one again.
  record previous "$mended"
}

restore_archive() {
  for file in $archive_files; do
    if [ -e "$journal/archive/${file##*/}" ]; then
      cp -p "$journal/archive/${file##*/}" "$file.new" && mv "$file.new" "$file"
    else
      rm -f "$file" "$file.new"
    fi
  done
}

same_or_alone() {
  [ ! -e "$1" ] || [ ! -e "$2" ] || cmp -s "$1" "$2"
}

# copy_without_the_gone OLD NOW COPY: NOW has the list of the revoked and the passwords of today.
copy_without_the_gone() {
  rm -rf "$3" "$3.new" && cp -a "$1" "$3.new" && own_by root:mosquitto "$3.new" && chmod 0750 "$3.new" || return 1
  if [ -e "$1/crl.pem" ] && [ -e "$2/crl.pem" ]; then cat "$2/crl.pem" >"$3.new/crl.pem" || return 1; fi
  if [ -e "$1/passwords" ] && [ -e "$2/passwords" ]; then
    awk -F : 'NR == FNR { now[$1] = $0; next } $1 in now { print now[$1] }' \
      "$2/passwords" "$1/passwords" >"$3.new/passwords" || return 1
  fi
  record_files "$3.new" || return 1
  mv -T "$3.new" "$3" && sync -f "$3"
}

close_firewall() {
  [ -s "$journal/rules" ] || return 0
  # At boot it is enabled and not loaded yet, and ufw would give up after half of a rule.
  [ -e "$same_boot" ] || change_firewall ufw reload
  head -n "$(wc -l <"$journal/rules")" "$journal/firewall.undo" | tac >firewall.back
  while IFS= read -r line <&4; do change_firewall sh -c "$line"; done 4<firewall.back
}

bring_back_broker() {
  # At boot it is not running yet, and will start with what was put back.
  [ -e "$same_boot" ] || {
    [ "${was_running-}" = yes ] || [ "$SERVICES" != systemd ] || systemctl --no-block stop mosquitto
    return 0
  }
  if [ "${was_running-}" != yes ]; then
    stop_broker
    return 0
  fi
  PORTS=
  [ -z "${previous-}" ] || PORTS=$(ports_of "$generations/$previous/broker.conf")
  if [ "$loaded" = reload ] && broker_runs; then
    mark_log
    reload_broker 2>service.log && wait_for $reload_wait_seconds reload_has_begun &&
      ! has_logged_fault && answers && return 0
  fi
  mark_log
  restart_broker 2>service.log && wait_for $start_wait_seconds answers && return 0
  tell_log service.log
  tell_new_log
  return 1
}

answers() {
  broker_runs && all_ports_open
}

# A broker that loads it again, now or when the host has started, has loaded it; another has what it had.
stamp_previous() {
  [ -z "${loaded-}" ] && [ -e "$same_boot" ] || previous_loaded=$previous
  [ -n "$previous_loaded" ] || {
    rm -f "$generations/loaded" "$generations/record"
    return 0
  }
  printf '%s\n' "$previous_loaded" >"$generations/loaded"
}
