#!/usr/bin/env bash
# The house: what may include what, and that no two things of headers have one name. A unit is a header with its source file, a
# room a folder of them. Rooms stand below lowest first; a room includes those before it and itself, and no units go round in a
# circle. Prints each include that breaks this, files of rooms that are not named here, names that two headers have, and test files with
# an anonymous namespace.
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/..}"

rooms="core/base core/compare core/config core/data/stories core/data core/insight core/operate
  core/model/base core/model/ranks core/model/kernels core/model/functions core/model/routing core/model/layers core/measure
  core/train/interface core/train/ranks core/train/means core/train/optimizer core/train/looks core/train/tasks core/train core/train/crew core/train/engine
  core/history core/run core/record/files core/record/checkpoint core/record/lines core/record/tensorboard core/record/tape core/record/script core/record/folder core/record/reading core/recordings core/recordings/forms/parts core/recordings/forms/megatron core/recordings/forms/answers core/recordings/forms core/checkpoints
  core/causes core/session/meeting core/session/driving core/session/viewing core/session core/study core/runs
  viz/base viz/canvas viz/widgets viz/plots
  app/cli/console app/cli/setups app/cli/tables app/cli/ranks app/cli/words app/cli/manual app/cli/headless app/cli/studies app/cli/causes app/cli app/ui app/files app/library
  app/run/words app/run/derived app/run
  app/panels/parts app/panels/curves app/panels/load app/panels/health app/panels/experts app/panels/tokens app/panels/plane app/panels/compare app/panels/ranks app/panels/causes app/panels/checkpoint app/panels/runs
  app/panels/knobs app/panels/timeline app/panels
  app/shell/layout app/shell/dialogs app/shell/guide app/shell/actions app/shell/bars app/shell app/export app/window/system app/window/memory app/window/ends app/window/beside app/window app"

find core viz app -name '*.h' -o -name '*.cpp' | sort | xargs grep -H '^#include "' | awk -v rooms="$rooms" '
  function unit(path) { sub(/\.(h|cpp)$/, "", path); return path }
  function room(path) { sub(/\/[^\/]*$/, "", path); return path }
  function tell(text) { print text; wrong = 1 }
  # Depth first; a unit met again on its own way closes a circle.
  function visit(u, way,   i, n, next_units) {
    state[u] = 1
    n = split(uses[u], next_units, " ")
    for (i = 1; i <= n; ++i) {
      if (state[next_units[i]] == 1) tell("circle: " way " " u " " next_units[i])
      else if (!state[next_units[i]]) visit(next_units[i], way " " u)
    }
    state[u] = 2
  }
  BEGIN { count = split(rooms, order, /[ \n]+/); for (i = 1; i <= count; ++i) floor_of[order[i]] = i }
  {
    at = index($0, ":"); file = substr($0, 1, at - 1)
    split(substr($0, at + 1), quoted, "\""); target = quoted[2]
    from = room(file); to = room(target)
    if (!(from in floor_of)) { tell(file ": its room is not in the list"); next }
    if (!(to in floor_of)) { tell(file ": includes " target ", of no room"); next }
    if (from ~ /^core|^viz/ && substr(to, 1, index(to, "/") - 1) != substr(from, 1, index(from, "/") - 1))
      tell(file ": includes " target " of another house")
    else if (floor_of[to] > floor_of[from]) tell(file ": includes " target ", which is above it")
    a = unit(file); b = unit(target)
    if (a != b && !seen[a, b]++) { uses[a] = uses[a] " " b; units[a] = 1 }
  }
  END { for (u in units) if (!state[u]) visit(u, ""); exit wrong }'


# An inline variable is one in the whole program: of two headers that call different things alike the linker keeps one.
find core viz app -name '*.h' | sort | xargs grep -HE '^(namespace [a-z_:]+ \{|inline (constexpr|const) )' | awk '
  {
    at = index($0, ":"); file = substr($0, 1, at - 1); line = substr($0, at + 1)
    if (line ~ /^namespace/) { split(line, words, " "); space = words[2]; next }
    while (match(line, /k[A-Z][A-Za-z0-9_]*(\[\])? *[={]/)) {
      name = substr(line, RSTART, RLENGTH); sub(/[^A-Za-z0-9_].*/, "", name)
      line = substr(line, RSTART + RLENGTH)
      key = space "::" name
      if (key in of && of[key] != file) { print file ": " key " is in " of[key] " too"; wrong = 1 }
      of[key] = file
    }
  }
  END { exit wrong }'

# Test files of a program may be compiled as one, where two anonymous namespaces are one.
if grep -rln --include='*_test.cpp' '^namespace {' tests; then
  echo "those have an anonymous namespace, where it is to be SWITCHYARD_TEST_FILE (tests/README.md)"
  exit 1
fi
