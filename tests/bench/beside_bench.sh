#!/usr/bin/env bash
# How fast training is beside the window: steps a second with the window open at 1280x720 and untouched, against headless.
# Pairs of runs of 20 s, one after the other, which of the two first by turns; the median of the pairs' ratios. Wanted: 0.80.
#
#   tests/bench/beside_bench.sh [PAIRS [SECONDS [build/release/bin/switchyard]]]
set -euo pipefail
pairs="${1:-7}"
seconds="${2:-20}"
program="$(realpath "${3:-build/release/bin/switchyard}")"
on_display="$(realpath "$(dirname "$0")/../support/on_display.sh")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
export HOME="$folder/home" XDG_STATE_HOME="$folder/home" XDG_CONFIG_HOME="$folder/home" XDG_DATA_HOME="$folder/home"
mkdir "$HOME"

rows() { wc -l 2>/dev/null <"$1/metrics.csv" || echo 0; }
now() { date +%s.%N; }

# Steps a second of a run of COMMAND into the folder $1, once it has trained for 3 s. COMMAND leaves the program's number in $1.pid.
speed() {
  local out="$1" begin first
  shift
  "$@" >/dev/null 2>&1 &
  local run=$!
  for _ in {1..600}; do
    (($(rows "$out") > 1)) && break
    sleep 0.1
  done
  sleep 3
  first="$(rows "$out")" begin="$(now)"
  sleep "$seconds"
  awk -v rows=$(($(rows "$out") - first)) -v begin="$begin" -v end="$(now)" 'BEGIN { printf "%.2f\n", rows / (end - begin) }'
  kill "$(<"$out.pid")"
  wait "$run" || true
}
alone() { speed "$1" bash -c 'echo $$ >"$2.pid"; exec "$1" --headless --steps 100000000 --out "$2"' - "$program" "$1"; }
window() {
  speed "$1" "$on_display" 1280x720 bash -c 'echo $$ >"$2.pid"; exec "$1" --out "$2" --size 1280x720 --workspace train' - "$program" "$1"
}

# What the first start shows and no other does, the tour, is over by then.
window "$folder/first" >/dev/null

for ((pair = 0; pair < pairs; ++pair)); do
  if ((pair % 2)); then
    headless="$(alone "$folder/headless$pair")"
    beside="$(window "$folder/window$pair")"
  else
    beside="$(window "$folder/window$pair")"
    headless="$(alone "$folder/headless$pair")"
  fi
  awk -v a="$beside" -v b="$headless" 'BEGIN { printf "beside the window %.1f steps/s, alone %.1f: %.2f\n", a, b, a / b }'
done | tee "$folder/said"
awk '{ print $NF }' "$folder/said" | sort -n |
  awk '{ ratio[NR] = $1 } END { printf "median %.2f [%.2f to %.2f]\n", ratio[int((NR + 1) / 2)], ratio[1], ratio[NR] }'
