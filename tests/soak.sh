#!/usr/bin/env bash
# Proofs that go on for as long as one likes, beyond the share of them in every run of the tests:
#   monkey    10,000 random events in the headless window a seed, under ASan and UBSan
#   mutants   10,000 damaged copies of every kind of file the program reads, under ASan and UBSan
#   ends      25 runs ended at a random moment by a random signal, half of them SIGKILL
#   kills     a small run killed 100 times while it makes checkpoints, half of them in the middle of a write
#   window    random keys and clicks in the real window on a display of its own
# in turn, each round with a new seed. The first failure ends it and names what repeats it.
#
#   tests/soak.sh [MINUTES]     60 without it
# SWITCHYARD_BUILD names another build folder, SWITCHYARD_SOAK_SEED the first seed (by default of the clock),
# SWITCHYARD_SOAK_ONLY a choice of the five.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build="${SWITCHYARD_BUILD:-$root/build}"
minutes="${1:-60}"
first="${SWITCHYARD_SOAK_SEED:-$(date +%s)}"
only="${SWITCHYARD_SOAK_ONLY:-monkey mutants ends kills window}"
# shellcheck source=app/install.sh
source "$root/app/install.sh"

install_packages build test soak
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:detect_odr_violation=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
log="$(mktemp "${TMPDIR:-/tmp}/switchyard-soak-XXXXXX.log")"

build_tree() {  # TREE TARGET...
  local tree="$1"
  shift
  cmake --preset "$tree" -S "$root" -B "$build/$tree" -DSWITCHYARD_TESTS=ON -DSWITCHYARD_WERROR=ON >"$log"
  cmake --build "$build/$tree" --target "$@" >"$log"
}
build_tree asan monkey_test record_test shell_test checkpoints_test
build_tree release switchyard e2e_test

monkey() { SWITCHYARD_SOAK_SEED="$1" SWITCHYARD_SOAK_EVENTS=10000 "$build/asan/bin/monkey_test"; }
mutants() {
  local room
  for room in record shell checkpoints; do
    SWITCHYARD_SOAK_SEED="$1" SWITCHYARD_SOAK_MUTANTS=10000 "$build/asan/bin/${room}_test" --gtest_filter='*Mutants*' || return 1
  done
}
ends() { SWITCHYARD_SOAK_SEED="$1" SWITCHYARD_SOAK_ENDS=25 "$build/release/bin/e2e_test" --gtest_filter='AnyMoment.*'; }
kills() { SWITCHYARD_SOAK_SEED="$1" SWITCHYARD_SOAK_KILLS=100 "$build/asan/bin/record_test" --gtest_filter='*Kill*'; }
window() { "$root/tests/soak/window_monkey.sh" "$build/release/bin/switchyard" "$1" 300; }

declare -A rounds
end=$((SECONDS + 60 * minutes))
seed="$first"
while ((SECONDS < end)); do
  for proof in $only; do
    ((SECONDS < end)) || break
    if ! "$proof" "$seed" >"$log" 2>&1; then
      tail -n 60 "$log"
      echo "soak: $proof failed with SWITCHYARD_SOAK_SEED=$seed SWITCHYARD_SOAK_ONLY=$proof; all of it: $log"
      exit 1
    fi
    rounds[$proof]=$((${rounds[$proof]:-0} + 1))
    echo "$(date +%T) $proof, seed $seed: good"
  done
  seed=$((seed + 100))  # a proof takes some that follow
done
rm -f "$log"
for proof in $only; do echo "$proof: ${rounds[$proof]:-0} rounds"; done
echo "soak: good for $minutes minutes from seed $first"
