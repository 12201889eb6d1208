#!/usr/bin/env bash
# A disk that fills up under a run and has room again: training goes on, every row is there once there is room, the gap
# is an event, the weights are written. As root: it mounts a file system of its own. Takes half a minute; prints
# "good" or what was wrong.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)"
program="${1:-$root/build/release/bin/switchyard}"
scratch="$(mktemp -d)"
disk="$scratch/disk"
mkdir "$disk"
mount -t tmpfs -o size=300k none "$disk"
trap 'umount "$disk"; rm -rf "$scratch"' EXIT

wrong=0
expect() {  # WHAT GOT WANTED
  [[ $2 == "$3" ]] || { echo "$1: $2, not $3" >&2; wrong=1; }
}
wait_for() {  # PATTERN
  for ((i = 0; i < 600; ++i)); do grep -q "$1" "$scratch/err" && return; sleep 0.1; done
  echo "nothing is said of: $1" >&2
  return 1
}
"$program" --headless --steps 100000000 --out "$disk/run" --set layers=2 --set d_model=16 --set d_ff=16 --set heads=2 \
  --set context=32 --set batch_size=2 --set experts=4 --set val_batches=1 --set threads=1 >/dev/null 2>"$scratch/err" &
run=$!
wait_for "Recording waits"
sleep 1
mount -o remount,size=64m "$disk"
wait_for "Recording goes on"
kill -INT "$run"
status=0
wait "$run" || status=$?
expect "exit code" "$status" 130
expect "times it was said" "$(grep -c 'Recording waits' "$scratch/err")" 1
expect "gaps" "$(grep -c recording-gap "$disk/run/events.jsonl")" 1
# Every step once, in order, and no row torn.
expect "rows" "$(awk -F, 'NR == 1 { n = NF } NR > 1 && ($1 != NR - 1 || NF != n) { bad++ } END { print bad + 0 }' \
  "$disk/run/metrics.csv")" 0
[[ -f $disk/run/model.safetensors ]] || { echo "no weights" >&2; wrong=1; }
((wrong)) || echo good
exit "$wrong"
