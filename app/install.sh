# Sourced by app/run.sh and tests/run.sh.
# shellcheck shell=bash

# install_packages KIND...: installs what of app/packages.txt is of these kinds and not there yet.
install_packages() {
  local list wanted=() missing=() as_root=() kind package
  list="$(dirname "${BASH_SOURCE[0]}")/packages.txt"
  while read -r kind package; do
    [[ " $* " == *" $kind "* ]] && wanted+=("$package")
  done < <(grep -v '^#' "$list")
  for package in "${wanted[@]}"; do
    [[ "$(dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null)" == installed ]] || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

  if ((EUID != 0)); then
    if ! command -v sudo >/dev/null; then
      echo "These packages are missing: ${missing[*]}" >&2
      echo "Install them as root (there is no sudo here): apt-get install ${missing[*]}" >&2
      return 1
    fi
    as_root=(sudo)
  fi
  echo "Installing ${#missing[@]} missing packages: ${missing[*]}"
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"
}
