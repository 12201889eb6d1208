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
echo "There is no display: training 300 steps, with the window on a virtual one (Xvfb)."
exec {server}< <(exec setsid Xvfb -displayfd 1 -screen 0 3840x2160x24 2>/dev/null)
server_pid=$!
trap 'kill "$server_pid" 2>/dev/null || true' EXIT
if ! read -r -t 30 -u "$server" display; then
  echo "The virtual display (Xvfb) did not start; training without the window." >&2
  "$program" --headless --steps 300 --out "$run" "$@"
  exit
fi
status=0
DISPLAY=":$display" "$program" --screenshot "$picture" --after-steps 300 --size 1920x1080 --out "$run" "$@" || status=$?
[[ -d $run ]] && echo "Run folder: $run"
[[ -f $picture ]] && echo "The window: $picture"
exit "$status"
