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
# shellcheck source=tests/support/debian_root.sh
source "$source_tree/tests/support/debian_root.sh"

(($# >= 1)) || refuse "which folder? tests/debian13.sh FOLDER"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
shift
root="$folder/root" log="$folder/log"
make_root trixie "$root" "$log"

# A file that is as it was keeps its time, so only what changed is compiled.
git=(git -c "safe.directory=$source_tree" -C "$source_tree")
echo "== $("${git[@]}" log -1 --format='%h %s')"
rm -rf "$folder/tree"
mkdir "$folder/tree"
"${git[@]}" archive HEAD | tar -x -C "$folder/tree"
mkdir -p "$root/switchyard"
rsync -rlp --checksum --delete --exclude /build "$folder/tree/" "$root/switchyard/"
rm -rf "$folder/tree"

# shellcheck disable=SC2034  # of in_root
kept_variables="CMAKE_BUILD_PARALLEL_LEVEL OPENBLAS_CORETYPE OPENBLAS_L2_SIZE"
inside() { in_root "$root" env -C /switchyard "$@"; }  # COMMAND ARGUMENT...: in the tree

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
