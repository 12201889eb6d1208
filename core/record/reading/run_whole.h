// What is known of a run only by all its lines: how it was validated, and how often its knobs were changed.
// metrics.csv (or the tape: tape_steps.h) and events.jsonl are gone through once, a second for some gigabytes, so
// this is for those who ask for it (run_index.h remembers it).
//
// Thread safety: pure function of the file system.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "core/base/records.h"

namespace switchyard {

struct Validation {
  std::int64_t step = -1;  // below 0: there was none
  double val_loss = kMissing, val_accuracy = kMissing;
};

struct RunWhole {
  Validation best;  // of the least finite loss, the first of equal ones
  Validation last;
  std::int64_t edits = 0;  // changes of a knob while it learned
};
// Every validated row, in order, until `take` returns false.
void read_validations(const std::filesystem::path& folder, const std::function<bool(const Validation&)>& take);
// Of what can be read; lines that are none are passed over.
RunWhole read_whole(const std::filesystem::path& folder);

}  // namespace switchyard
