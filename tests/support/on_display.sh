#!/usr/bin/env bash
# Runs a command on an X display of its own, WIDTHxHEIGHT, and ends the display with it.
#
#   tests/support/on_display.sh 1920x1080 COMMAND ARGUMENT...
#
# The server takes a number that nobody has and says which. (xvfb-run looks for one first and starts then: of two at one
# moment one ends on the other's display, which goes away with it.) -noreset: when its last client leaves, a server begins
# anew, and turns away who comes at that moment.
set -euo pipefail
size="$1"
shift
number="$(mktemp)"
Xvfb -displayfd 3 -noreset -screen 0 "${size}x24" 3>"$number" >/dev/null 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; rm -f "$number"' EXIT
for _ in {1..200}; do
  [[ -s "$number" ]] && break
  kill -0 "$server" 2>/dev/null || break
  sleep 0.05
done
[[ -s "$number" ]] || { echo "on_display.sh: Xvfb did not start" >&2; exit 1; }
DISPLAY=":$(<"$number")" "$@"
