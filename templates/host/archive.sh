# Tells apt of an archive for Mosquitto's packages alone, or takes that back. Read by up.sh, after
# install.sh.

# ARCHIVE is the address of one, or "remove".
change_archive() {
  [ -n "${ARCHIVE-}" ] || return 0
  keep_archive && record archive_changed yes || return 1
  if [ "$ARCHIVE" = remove ]; then
    tell step "taking away the archive of Mosquitto's packages"
    # shellcheck disable=SC2086 # a list of paths
    rm -f $archive_files
    return
  fi
  tell step "adding the archive $ARCHIVE"
  place_archive && read_archive >apt.log 2>&1 && offers_mosquitto && return 0
  tell_log apt.log
  return 1
}

keep_archive() {
  mkdir -p "$journal/archive" || return 1
  for file in $archive_files; do
    [ ! -e "$file" ] || cp -p "$file" "$journal/archive/" || return 1
  done
  sync -f "$journal/archive"
}

# The key first: a source without one would fail every apt of this host.
place_archive() {
  if [ -n "$ARCHIVE_KEY" ]; then
    timeout $install_limit_seconds /usr/lib/apt/apt-helper -o APT::Sandbox::User=root download-file \
      "$ARCHIVE_KEY" bednet-mosquitto.asc >apt.log 2>&1 9>&- || return 1
  fi
  for file in $archive_files; do
    (umask 022 && mkdir -p "${file%/*}" && cat "${file##*/}" >"$file.new") &&
      chmod 0644 "$file.new" && mv "$file.new" "$file" || return 1
  done
}

# Its own list alone: others may be out of reach, and need not be read for this.
read_archive() {
  apt -o Dir::Etc::sourcelist="$archive_list" -o Dir::Etc::sourceparts=/dev/null \
    -o APT::Get::List-Cleanup=false update
}

# Where apt's pin has found it by its origin, it has its priority.
offers_mosquitto() {
  apt-cache policy mosquitto >apt.policy
  awk -v url=" $ARCHIVE " '/^ (\*\*\*|   ) [^ ]/ { is_pinned = $NF == 600 } is_pinned && index($0, url) { found = 1 }
    END { exit !found }' apt.policy && return 0
  tell note "apt finds no Mosquitto for this system in that archive, or its origin is another"
  cat apt.policy >>apt.log
  return 1
}
