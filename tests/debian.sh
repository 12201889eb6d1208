#!/usr/bin/env bash
# Whether the Debian package does what a person expects of it, in a Debian 12 that has nothing else: makes one in FOLDER/root
# (debootstrap), builds the package of this tree, and there, in a chroot,
#   install   apt installs it, with what it depends on and nothing that is recommended
#   start     `switchyard` on a display (Xvfb, of this machine), twice: the first start ever, and one more
#   train     `switchyard --headless`, 50 steps
#   purge     apt removes it: none of its files is left, and every run that was recorded is
# in turn. The first failure ends it; FOLDER/log has all that was said. A second call goes on with the root.
#
#   tests/debian.sh FOLDER     as root; 3 GB, some minutes
#
# What is timed: from the command to the first moving curve, which is the moment at which the picture of the loss panel on
# the display has changed once more after metrics.csv of the run held two steps; FOLDER/window.png is that moment. No more than
# 5 s are allowed, or SWITCHYARD_SECONDS. SWITCHYARD_BUILD names another build folder, SWITCHYARD_MIRROR another mirror.
set -euo pipefail
source_tree="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
# shellcheck source=tests/support/debian_root.sh
source "$source_tree/tests/support/debian_root.sh"
build="${SWITCHYARD_BUILD:-$source_tree/build/release}"
seconds="${SWITCHYARD_SECONDS:-5}"
loss_panel=520x180+280+140  # of a window of 1280x720

(($# == 1)) || refuse "which folder? tests/debian.sh FOLDER"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
root="$folder/root" log="$folder/log" runs="$folder/root/root/.local/share/switchyard/runs"
make_root bookworm "$root" "$log"
inside() { in_root "$root" "$@"; }
: >"$log"

fail() { tail -n 30 "$log"; echo "debian: $1; all of it: $log"; exit 1; }
said() { echo "== $1"; shift; "$@" >>"$log" 2>&1 || fail "$*"; }
now() { date +%s.%N; }
since() { awk -v a="$1" -v b="$(now)" 'BEGIN { printf "%.1f", b - a }'; }

[[ -f "$build/build.ninja" ]] || said "configure" cmake --preset release -S "$source_tree" -B "$build" -DSWITCHYARD_TESTS=OFF
said "the package" cmake --build "$build" --target deb
package="$(find "$build" -maxdepth 1 -name 'switchyard_*.deb' -newer "$build/bin/switchyard" | head -n 1)"
[[ -n "$package" ]] || fail "$build holds no package of this build"
cp "$package" "$root/root/switchyard.deb"

# --- install
inside dpkg --purge switchyard >>"$log" 2>&1 || true  # where an earlier call was ended
rm -rf "$root/root/.local" "$root/root/.config" "$root/root/mine"
said "apt update" inside apt-get update -qq
begin=$(now)
said "apt install $(basename "$package")" inside env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends /root/switchyard.deb
echo "   $(since "$begin") s, $(du -sm --one-file-system "$root" | cut -f1) MB with the system"
inside dpkg -L switchyard >"$folder/files"
[[ -z "$(inside dpkg --audit)" ]] || fail "dpkg finds something missing"
inside switchyard --version | sed 's/^/   /'

# --- start
# A runs folder's newest metrics: how many steps its file holds.
steps() { cat "$1"/*/metrics.csv 2>/dev/null | grep -c '^[0-9]' || true; }
panel() { import -silent -window root -crop "$loss_panel" +repage "rgb:-" | sha256sum; }
one_start() {
  local begin shown="" learned="" last="" now_shown before pid moved
  before="$(steps "$runs")"
  begin=$(now)
  inside DISPLAY="$DISPLAY" switchyard >>"$log" 2>&1 &
  pid=$!
  while :; do
    awk -v s="$(since "$begin")" 'BEGIN { exit s < 60 }' && fail "no curve after a minute"
    kill -0 "$pid" 2>/dev/null || fail "switchyard ended"
    [[ -n "$shown" ]] || { xprop -name Switchyard WM_CLASS 2>/dev/null | grep -q '"switchyard"' && shown="$(since "$begin")"; }
    if [[ -z "$learned" ]]; then
      (($(steps "$runs") - before >= 2)) && learned="$(since "$begin")" && last="$(panel)"
    else
      now_shown="$(panel)"
      [[ "$now_shown" == "$last" ]] || break
    fi
    sleep 0.02
  done
  moved="$(since "$begin")"
  import -silent -window root "$folder/window.png"
  echo "   window $shown s, two steps recorded $learned s, curve moves $moved s"
  end_in_root
  wait "$pid" || true
  awk -v s="$moved" -v most="$seconds" 'BEGIN { exit !(s <= most) }' || fail "the curve moves after $moved s, more than $seconds"
}
# The program alone, by the root that it runs in.
end_in_root() {
  local exe
  for exe in /proc/[0-9]*/root; do
    [[ "$(readlink "$exe" 2>/dev/null)" == "$root" && "$(readlink "${exe%root}exe" 2>/dev/null)" == */switchyard ]] || continue
    kill -TERM "$(basename "$(dirname "$exe")")"
  done
}
starts() {
  echo "== the first start"
  one_start
  echo "== one more"
  one_start
}
export -f fail since now steps panel one_start end_in_root starts inside in_root apart
export folder root log runs seconds loss_panel
"$source_tree/tests/support/on_display.sh" 1280x720 bash -euo pipefail -c starts

# --- train
said "headless" inside switchyard --headless --steps 50 --out /root/mine
[[ -d "$root/root/mine/checkpoints" ]] || fail "the run kept nothing"
kept="$(find "$root/root/mine" "$runs" -type f | sort | xargs sha256sum)"

# --- purge
said "apt purge" inside env DEBIAN_FRONTEND=noninteractive apt-get purge -y switchyard
while read -r file; do
  [[ -d "$root$file" && "$file" != *switchyard* ]] && continue  # shared with others
  [[ ! -e "$root$file" ]] || fail "$file is left"
done <"$folder/files"
[[ "$(find "$root/root/mine" "$runs" -type f | sort | xargs sha256sum)" == "$kept" ]] || fail "runs are not what they were"
echo "   $(grep -c . <<<"$kept") files of runs are as they were, none of the program's $(grep -c . "$folder/files") is left"
echo "debian: good"
