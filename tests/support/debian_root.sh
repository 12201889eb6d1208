# Sourced by tests/debian.sh and tests/debian13.sh: a Debian of its own in a folder, and commands in it.
# shellcheck shell=bash
#
# Who sources it has set source_tree, and may set SWITCHYARD_MIRROR, another mirror than the one that apt uses here.

: "${source_tree:?}"

refuse() { echo "$(basename "$0" .sh): $1" >&2; exit 2; }

# What is mounted for the chroot is mounted for its processes alone, and gone with the last of them.
apart() { unshare --mount "$@"; }

# Debian's own archive among the sources of apt, neither its security updates nor anybody else's.
# shellcheck disable=SC2016  # apt's own variables
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F '|' '$1 == "Debian" && $2 == "Debian" && !mirror { mirror = $3 } END { print mirror }'
}

# make_root RELEASE ROOT LOG: a minimal Debian RELEASE in ROOT, where there is none yet.
make_root() {
  local release="$1" root="$2" log="$3" mirror proxy=""
  ((EUID == 0)) || refuse "only root may make a root folder and enter it: sudo $0"
  # shellcheck source=app/install.sh
  source "$source_tree/app/install.sh"
  install_packages debian
  apart true || refuse "this machine allows no mount of one's own (unshare), as in a container without rights"
  mirror="${SWITCHYARD_MIRROR:-$(debian_mirror)}"
  if [[ -z "$mirror" ]]; then  # it says whose it is once it was asked
    apt-get update -qq
    mirror="$(debian_mirror)"
  fi
  [[ -n "$mirror" ]] || refuse "apt knows no mirror of Debian here; SWITCHYARD_MIRROR=URL names one"
  eval "$(apt-config shell proxy Acquire::http::Proxy)"
  [[ -z "$proxy" ]] || export http_proxy="$proxy"
  if [[ ! -d "$root" ]]; then
    echo "== Debian $release from $mirror"
    rm -rf --one-file-system "$root.part"
    apart debootstrap --variant=minbase --include=ca-certificates "$release" "$root.part" "$mirror" >"$log" 2>&1 ||
      { tail -n 20 "$log"; refuse "debootstrap failed; all of it: $log"; }
    mv "$root.part" "$root"
  fi
  # How this machine reaches the net.
  cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
  apt-config dump --no-empty --format '%F "%v";%n' Acquire::http Acquire::https Acquire::Check-Valid-Until Acquire::Check-Date \
    >"$root/etc/apt/apt.conf.d/90this-machine"
}

# in_root ROOT COMMAND ARGUMENT...: in its folder /, as root there, with none of this shell's environment but the net's.
in_root() {
  local root="$1" name environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
  shift
  for name in http_proxy https_proxy no_proxy ${kept_variables:-}; do
    [[ -v $name ]] && environment+=("$name=${!name}")
  done
  # shellcheck disable=SC2016  # expanded by that shell
  apart bash -euc 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount --rbind /sys "$0/sys"; exec chroot "$0" "$@"' \
    "$root" env -i "${environment[@]}" "$@"
}
