#!/usr/bin/env bash
# Whether Switchyard builds, passes its tests and learns on Debian 13, found out on a machine of another version: makes a Debian 13
# in FOLDER/root (debootstrap, from the mirror that apt uses here), copies the last commit into it and does there, in a chroot,
#   build     the build of app/run.sh, warnings as errors
#   headless  app/run.sh --headless --steps 200
#   window    app/run.sh without a display: 300 steps and a picture, FOLDER/window.png
#   tests     tests/run.sh, the Release tree; arguments go to ctest
# in turn. The first failure ends it; FOLDER/log has all that was said. A second call goes on with root, packages and build.
#
#   tests/debian13.sh FOLDER [ARGUMENT...]     as root; 6 GB, and as long as a build takes
#
# SWITCHYARD_MIRROR names another mirror, CMAKE_BUILD_PARALLEL_LEVEL how many files are compiled at a time,
# SWITCHYARD_ONLY a choice of the four.
set -euo pipefail
source_tree="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
only="${SWITCHYARD_ONLY:-build headless window tests}"
# shellcheck source=app/install.sh
source "$source_tree/app/install.sh"

refuse() { echo "debian13: $1" >&2; exit 2; }
(($# >= 1)) || refuse "which folder? tests/debian13.sh FOLDER"
((EUID == 0)) || refuse "only root may make a root folder and enter it: sudo $0 $1"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
shift
root="$folder/root" log="$folder/log"
install_packages debian13

# What is mounted for the chroot is mounted for its processes alone, and gone with the last of them.
apart() { unshare --mount "$@"; }
apart true || refuse "this machine allows no mount of one's own (unshare), as in a container without rights"

# Debian's own archive among the sources of apt, neither its security updates nor anybody else's.
# shellcheck disable=SC2016  # apt's own variables
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F '|' '$1 == "Debian" && $2 == "Debian" && !mirror { mirror = $3 } END { print mirror }'
}
mirror="${SWITCHYARD_MIRROR:-$(debian_mirror)}"
if [[ -z "$mirror" ]]; then  # it says whose it is once it was asked
  apt-get update -qq
  mirror="$(debian_mirror)"
fi
[[ -n "$mirror" ]] || refuse "apt knows no mirror of Debian here; SWITCHYARD_MIRROR=URL names one"

proxy=""
eval "$(apt-config shell proxy Acquire::http::Proxy)"
[[ -z "$proxy" ]] || export http_proxy="$proxy"
if [[ ! -d "$root" ]]; then
  echo "== Debian 13 from $mirror"
  rm -rf --one-file-system "$root.part"
  apart debootstrap --variant=minbase --include=ca-certificates trixie "$root.part" "$mirror" >"$log" 2>&1 ||
    { tail -n 20 "$log"; refuse "debootstrap failed; all of it: $log"; }
  mv "$root.part" "$root"
fi
# How this machine reaches the net.
cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
apt-config dump --no-empty --format '%F "%v";%n' Acquire::http Acquire::https Acquire::Check-Valid-Until Acquire::Check-Date \
  >"$root/etc/apt/apt.conf.d/90this-machine"

# A file that is as it was keeps its time, so only what changed is compiled.
git=(git -c "safe.directory=$source_tree" -C "$source_tree")
echo "== $("${git[@]}" log -1 --format='%h %s')"
rm -rf "$folder/tree"
mkdir "$folder/tree"
"${git[@]}" archive HEAD | tar -x -C "$folder/tree"
mkdir -p "$root/switchyard"
rsync -rlp --checksum --delete --exclude /build "$folder/tree/" "$root/switchyard/"
rm -rf "$folder/tree"

environment=(HOME=/root PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8)
for name in http_proxy https_proxy no_proxy CMAKE_BUILD_PARALLEL_LEVEL OPENBLAS_CORETYPE OPENBLAS_L2_SIZE; do
  [[ -v $name ]] && environment+=("$name=${!name}")
done
inside() {  # COMMAND ARGUMENT...: in the tree, in the chroot
  # shellcheck disable=SC2016  # expanded by that shell
  apart bash -euc 'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount --rbind /sys "$0/sys"; exec chroot "$0" "$@"' \
    "$root" env -i "${environment[@]}" env -C /switchyard "$@"
}

build() {
  # shellcheck disable=SC2016
  inside bash -euc 'dpkg --configure -a  # where an earlier call was ended
    source app/install.sh
    install_packages build
    [[ -f build/release/build.ninja ]] || cmake --preset release -DSWITCHYARD_TESTS=OFF -DSWITCHYARD_WERROR=ON
    cmake --build build/release --target switchyard'
}
headless() {
  rm -rf "$root/root/headless"
  inside app/run.sh --headless --steps 200 --out /root/headless
}
window() {
  rm -rf "$root/root/window"
  inside app/run.sh --out /root/window && cp "$root/root/window/screenshots/window.png" "$folder/window.png"
}
tests() { inside env SWITCHYARD_TREES=release tests/run.sh "$@"; }

: >"$log"
for step in $only; do
  echo "== $step"
  begin=$SECONDS
  if ! "$step" "$@" >>"$log" 2>&1; then
    tail -n 60 "$log"
    echo "debian13: $step failed; all of it: $log"
    exit 1
  fi
  echo "good after $((SECONDS - begin)) s"
  [[ $step != window ]] || echo "what it looked like: $folder/window.png"
done
echo "debian13: good"
