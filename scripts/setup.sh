# Sourced by scripts/demo and scripts/test: brings a fresh Debian or Ubuntu machine, with Node and
# npm on it, to where they can begin; the second time it finds everything there.

say() { echo "$*" >&2; }

# $1: what is wrong, $2: what to do.
give_up() {
  say "$0: $1"
  say "hint: $2"
  exit 1
}

require_node() {
  command -v node >/dev/null && command -v npm >/dev/null ||
    give_up 'Node or npm is not installed' 'install Node 20.19 or later, with npm'
  node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
    give_up "Node $(node --version) is too old" 'install Node 20.19 or later'
}

can_be_root() { [[ $EUID == 0 ]] || command -v sudo >/dev/null; }

as_root() {
  if [[ $EUID == 0 ]]; then "$@"; else sudo "$@"; fi
}

is_installed() { [[ $(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null) == installed ]]; }

# Installs the Debian packages among these that are missing.
ensure_packages() {
  local package missing=()
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null ||
    give_up "${missing[*]}: not installed, and there is no apt-get here" 'take Debian or Ubuntu'
  can_be_root || give_up "${missing[*]}: not installed" "as root: apt-get install ${missing[*]}"
  say "installing ${missing[*]}"
  apt_install "${missing[@]}" || { apt_quietly update && apt_install "${missing[@]}"; } ||
    give_up "${missing[*]}: cannot be installed" "see what says: apt-get install ${missing[*]}"
  [[ " ${missing[*]} " != *' mosquitto '* ]] || quiet_system_broker
}

apt_install() { apt_quietly install --no-install-recommends -y "$@"; }

apt_quietly() {
  as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_MODE=l \
    apt-get -qq -o DPkg::Lock::Timeout=600 "$@" >/dev/null 2>&1
}

# The package starts a broker and enables it. Nobody has asked for that one: a sandbox has its own.
quiet_system_broker() {
  if [[ -d /run/systemd/system ]]; then
    as_root systemctl disable --now --quiet mosquitto 2>/dev/null || true
  else
    as_root /etc/init.d/mosquitto stop >/dev/null 2>&1 || true
    as_root update-rc.d mosquitto disable >/dev/null 2>&1 || true
  fi
}

ensure_modules() {
  [[ node_modules/.package-lock.json -nt package-lock.json ]] && return
  say 'installing npm packages'
  npm ci --no-audit --no-fund --loglevel=error >&2
  touch node_modules/.package-lock.json
}

ensure_build() {
  local newer
  newer=$(find src scripts/build.mjs package.json -newer dist/cli/bednet.cjs 2>/dev/null | head -n 1) || true
  [[ -e dist/cli/bednet.cjs && -z $newer ]] && return
  npm run --silent build >&2
}
