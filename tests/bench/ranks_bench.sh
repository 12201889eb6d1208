#!/usr/bin/env bash
# How fast two processes of one thread train one model, against the better of one process with one and with two threads: tokens a second,
# each the median of a run's steps but its first quarter; rounds of one run each, in turn. Wanted at the large shape: 0.85 (data parallel).
# The large shape is d 256, 16 experts, 8,192 tokens a step; the other the program's own.
#
#   tests/bench/ranks_bench.sh [ROUNDS [large|default [build/release/bin/switchyard]]]
#
# That they compute the same, over more rows than tests/run.sh has time for:
#   SWITCHYARD_EQUALITY_ROWS=1000 build/release/bin/ranks_test --gtest_filter='*RankEquality*'
set -euo pipefail
rounds="${1:-20}"
shape="${2:-large}"
program="$(realpath "${3:-build/release/bin/switchyard}")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
export HOME="$folder/home" XDG_STATE_HOME="$folder/home" XDG_CONFIG_HOME="$folder/home" XDG_DATA_HOME="$folder/home"
mkdir "$HOME"

case "$shape" in
large) settings=(--set d_model=256 --set experts=16 --set batch_size=64) steps=8 ;;
default) settings=() steps=80 ;;
*) echo "ranks_bench.sh: no shape '$shape'" >&2 && exit 2 ;;
esac

# Tokens a second of a run with WORDS besides.
speed() {
  rm -rf "$folder/run"
  "$program" --headless --steps "$steps" --out "$folder/run" --set val_interval=100000 "${settings[@]}" "$@" >/dev/null 2>"$folder/said" ||
    { cat "$folder/said" >&2 && exit 1; }
  awk -F, 'NR == 1 { for (i = 1; i <= NF; ++i) if ($i == "tokens_per_s") column = i } NR > 1 { print $column }' "$folder/run/metrics.csv" |
    tail -n +$((steps / 4 + 1)) | sort -n | awk '{ value[NR] = $1 } END { print value[int((NR + 1) / 2)] }'
}

for ((round = 0; round < rounds; ++round)); do
  one="$(speed --set threads=1)" two="$(speed --set threads=2)"
  data="$(speed --set threads=1 --ranks 2)"
  experts="$(speed --set threads=1 --set expert_parallel=2 --ranks 2)"
  awk -v one="$one" -v two="$two" -v data="$data" -v experts="$experts" 'BEGIN {
    best = one > two ? one : two
    printf "one process %.0f, %.0f tokens/s; two processes 2x1 %.0f, 1x2 %.0f: %.3f %.3f\n", one, two, data, experts, data / best, experts / best }'
done | tee "$folder/lines"
for layout in 2x1 1x2; do
  awk -v at="$([[ $layout == 2x1 ]] && echo 1 || echo 0)" '{ print $(NF - at) }' "$folder/lines" | sort -n |
    awk -v layout="$layout" '{ ratio[NR] = $1 } END { printf "%s: median %.3f [%.3f to %.3f]\n", layout, ratio[int((NR + 1) / 2)], ratio[1], ratio[NR] }'
done
