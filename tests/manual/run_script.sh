#!/usr/bin/env bash
# Signals given to app/run.sh where there is no display: they reach the program behind it, whose exit code comes back, and
# the virtual display goes. Takes a few seconds once everything is built; prints "good" or what was wrong.
set -euo pipefail
set -m  # or INT and QUIT would be ignored in the background
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
unset DISPLAY WAYLAND_DISPLAY
tiny=(--set layers=2 --set d_model=16 --set d_ff=16 --set heads=2 --set context=32 --set batch_size=2 --set experts=4
  --set val_batches=1 --set threads=1)

wrong=0
expect() {  # WHAT GOT WANTED
  [[ $2 == "$3" ]] || { echo "$1: $2, not $3" >&2; wrong=1; }
}
wait_for() {  # FILE
  for ((i = 0; i < 1200; ++i)); do [[ -s $1 && $(wc -l <"$1") -gt 3 ]] && return; sleep 0.05; done
  echo "$1 does not grow" >&2
  return 1
}
for signals in TERM "TERM TERM" HUP INT "INT TERM" "USR1 TERM" QUIT; do
  run="$scratch/${signals// /-}"
  "$root/app/run.sh" --after-steps 1000000 --out "$run" "${tiny[@]}" >"$scratch/out" 2>"$scratch/err" &
  script=$!
  wait_for "$run/metrics.csv"
  for signal in $signals; do kill -s "$signal" "$script"; done
  status=0
  wait "$script" || status=$?
  expect "exit code after $signals" "$status" 130
  [[ -f $run/model.safetensors ]] || { echo "no weights after $signals" >&2; wrong=1; }
done
"$root/app/run.sh" --after-steps 5 --out "$scratch/whole" "${tiny[@]}" 2>/dev/null | head -1 >/dev/null
expect "exit code of a run whose reader left" "${PIPESTATUS[0]}" 0
"$root/app/run.sh" --after-steps 5 --frobnicate >/dev/null 2>&1 && status=0 || status=$?
expect "exit code of a bad argument" "$status" 2
((wrong)) || echo good
exit "$wrong"
