#!/usr/bin/env bash
# From a fresh clone to a model that learns: installs what is missing, builds, starts Switchyard.
# Arguments are passed on to it; SWITCHYARD_BUILD names another build folder.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build="${SWITCHYARD_BUILD:-$root/build/release}"
# shellcheck source=app/install.sh
source "$root/app/install.sh"

install_packages build
if [[ ! -f "$build/build.ninja" ]]; then
  cmake -S "$root" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DSWITCHYARD_TESTS=OFF
fi
cmake --build "$build" --target switchyard
program="$build/bin/switchyard"

# Without a window there is nothing to show, and with these arguments nobody asked for one.
needs_window=yes run="" previous=""
for argument in "$@"; do
  [[ $previous == --out ]] && run="$argument"
  [[ $argument == --out=* ]] && run="${argument#--out=}"
  case "$argument" in
    route | --headless | --help | -h | --version | --list-knobs | --list-presets) needs_window=no ;;
  esac
  previous="$argument"
done
if [[ $needs_window == no || -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]]; then
  exec "$program" "$@"
fi

# No display: a virtual one, so that the window itself trains, records and is photographed in one run. Its
# server gets a session of its own, or Ctrl-C would take it away before the run is saved.
run="${run:-${XDG_DATA_HOME:-$HOME/.local/share}/switchyard/runs/$(date +%Y%m%d-%H%M%S)-run}"
picture="$run/screenshots/window.png"
trap '' PIPE
say() { echo "$@" 2>/dev/null || true; }  # nobody needs to read it
say "There is no display: training 300 steps, with the window on a virtual one (Xvfb)."
exec {server}< <(exec setsid Xvfb -displayfd 1 -screen 0 3840x2160x24 2>/dev/null)
server_pid=$!
trap 'kill "$server_pid" 2>/dev/null || true' EXIT
if ! read -r -t 30 -u "$server" display; then
  echo "The virtual display (Xvfb) did not start; training without the window." >&2
  kill "$server_pid" 2>/dev/null || true
  exec {server}<&-
  exec "$program" --headless --steps 300 --out "$run" "$@"
fi
DISPLAY=":$display" "$program" --screenshot "$picture" --after-steps 300 --size 1920x1080 --out "$run" "$@" &
pid=$!
# A shell that waits for a command in front would hear of nothing until it ends. What is asked of this script is asked
# of the program; a Ctrl-C too, which a command in the background does not get from the terminal.
for signal in HUP INT QUIT TERM XCPU USR1 USR2; do
  # shellcheck disable=SC2064  # the signal of now
  trap "kill -s $signal $pid 2>/dev/null || true" "$signal"
done
while kill -0 "$pid" 2>/dev/null; do wait "$pid" || true; done  # a signal ends the wait, not the program
status=0
wait "$pid" || status=$?
if [[ -d $run ]]; then say "Run folder: $run"; fi
if [[ -f $picture ]]; then say "The window: $picture"; fi
exit "$status"
