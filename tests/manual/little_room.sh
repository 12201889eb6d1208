#!/usr/bin/env bash
# Less and less address space (ulimit -v): a run either ends well or is refused in words, and never hangs. Release builds
# only: sanitizers want all address space.
#
#   tests/manual/little_room.sh [build/release/bin/switchyard]
set -uo pipefail
program="$(realpath "${1:-build/release/bin/switchyard}")"
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder" || exit 1
bad=0
for megabytes in 200 300 350 400 450 500 600 700 800 820 840 860 880 900 920 950 1000 1100 1200 1500 2000; do
  for threads in 1 2; do
    said="$(ulimit -v $((megabytes * 1000)); timeout -s KILL 30 "$program" --headless --steps 3 --out "run$megabytes-$threads" --set layers=2 \
      --set d_model=16 --set d_ff=16 --set heads=2 --set context=32 --set batch_size=2 --set experts=4 --set val_batches=1 \
      --set threads=$threads 2>&1)"
    code=$?
    case $code in
      0) [[ -s "run$megabytes-$threads/model.safetensors" ]] || { echo "$megabytes MB: 0 and no weights"; bad=1; } ;;
      1 | 2) [[ $said == *switchyard:* ]] || { echo "$megabytes MB: $code without a word"; bad=1; } ;;
      *) echo "$megabytes MB, $threads threads: $code: ${said: -200}"; bad=1 ;;
    esac
  done
done
((bad)) || echo good
exit "$bad"
