#!/usr/bin/env bash
# From a fresh clone to every test's verdict: installs what is missing, builds three trees, runs ctest.
#   release  all tests, warnings as errors; each source file of core, app and viz by itself
#   asan     all tests under AddressSanitizer and UndefinedBehaviorSanitizer
#   tsan     those labelled "thread", one torch thread (LibTorch itself is clean only so)
# The first tree with a failure is the last; its ctest summary ends the output. Arguments go to ctest.
# SWITCHYARD_BUILD names another build folder, SWITCHYARD_TREES a choice of trees.
set -euo pipefail
root="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
build="${SWITCHYARD_BUILD:-$root/build}"
trees="${SWITCHYARD_TREES:-tsan asan release}"
# shellcheck source=app/install.sh
source "$root/app/install.sh"

install_packages build test
jobs="$(nproc)"
export ASAN_OPTIONS="${ASAN_OPTIONS:-detect_leaks=1:detect_odr_violation=0}"
export UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}"
export TSAN_OPTIONS="${TSAN_OPTIONS:-halt_on_error=1:second_deadlock_stack=1}"
# shellcheck disable=SC2034  # read by name below
targets_tsan="thread_tests" targets_asan="all" targets_release="all"

for tree in $trees; do
  echo "== $tree"
  cmake --preset "$tree" -S "$root" -B "$build/$tree" -DSWITCHYARD_TESTS=ON -DSWITCHYARD_WERROR=ON
  targets="targets_$tree"
  cmake --build "$build/$tree" --target "${!targets}"
  only=()
  unset OMP_NUM_THREADS OPENBLAS_NUM_THREADS
  if [[ $tree == tsan ]]; then
    only=(-L thread)
    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
  fi
  ctest --test-dir "$build/$tree" --output-on-failure -j "$jobs" "${only[@]}" "$@"
done
