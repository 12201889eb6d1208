// A table of runs with known values, some of them missing.
#pragma once

#include "core/runs/run_table.h"

namespace switchyard::test {

inline const RunCell kUnknown{};

inline RunTable small_table() {
  const auto knob = [](const char* key) { return RunColumn{key, find_knob(key)->type, true, find_knob(key)}; };
  using Text = std::string;
  return {
      {{"folder", KnobType::text}, knob("top_k"), {"val_loss", KnobType::real}, knob("gate"), knob("tied_head")},
      {{Text("a"), std::int64_t{1}, 1.5, Text("softmax"), true},
       {Text("b"), std::int64_t{2}, 1.9, Text("sigmoid"), false},
       {Text("it's a \"run\""), std::int64_t{2}, kUnknown, Text("sigmoid"), true},
       {Text("Ünï"), std::int64_t{4}, 1.0, kUnknown, kUnknown}}};
}

}  // namespace switchyard::test
