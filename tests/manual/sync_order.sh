#!/usr/bin/env bash
# A checkpoint reaches the disk in this order: its bytes are synced, then it gets its name, then the folder is synced. With
# another order a power cut could leave a name without a file, or half a file under its name.
#
#   tests/manual/sync_order.sh RECORD_TEST     the test program, e.g. build/release/bin/record_test
#
# Needs strace. Says what was wrong, or "good".
set -euo pipefail
program="$(realpath "$1")"
log="$(mktemp)"
trap 'rm -f "$log"' EXIT
strace -f -y -e trace=fsync,rename,renameat,renameat2,ftruncate -o "$log" "$program" \
  --gtest_filter='CheckpointStoreTest.FilesAreNamedByStepAndName' >/dev/null
awk '
  /fsync\(/ && /\.tmp>/ { match($0, /<[^>]*>/); synced[substr($0, RSTART + 1, RLENGTH - 2)] = 1; next }
  /rename\(/ {
    split($0, names, "\""); from = names[2]; to = names[4]
    if (!(from in synced)) { print "renamed before it was synced: " to; bad = 1 }
    folder = to; sub(/\/[^\/]*$/, "", folder)
    if (waiting != "") { print "another rename before the folder was synced: " waiting; bad = 1 }
    waiting = folder; renames++; next
  }
  /fsync\(/ { match($0, /<[^>]*>/); if (substr($0, RSTART + 1, RLENGTH - 2) == waiting) waiting = "" }
  END {
    if (waiting != "") { print "never synced: " waiting; bad = 1 }
    if (renames < 5) { print "only " renames " renames seen"; bad = 1 }
    if (bad) exit 1
    print "good: " renames " checkpoints synced, renamed, their folder synced"
  }' "$log"
