// What became of the weights when a run ended, and how that is said: never that something was saved that was not.
//
// Thread safety: plain values.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace switchyard::app {

struct Saved {
  std::int64_t step = 0;  // of the model; 0: nothing was trained, so there was nothing to save
  std::string folder;     // where the weights of that step lie; empty: they were not written
  std::string why_not;
  bool wanted = true;    // false: a run that was to leave nothing
  std::string called{};  // of several runs: which; empty: it needs no name
  bool lost() const { return wanted && step > 0 && folder.empty(); }
};

// "the weights of step 12 are saved in DIR", "the weights of step 12 are NOT saved: DIR/model.safetensors: cannot
// write ..."
std::string text_of(const Saved& saved);

// How the run ended, with what became of its weights: "interrupted by SIGTERM; the weights of step 12 are saved in
// DIR". A failure if they are lost, whatever ended the run.
Result<void> with_saved(const Result<void>& ended, const Saved& saved);
// The same of several runs at once.
Result<void> with_all_saved(const Result<void>& ended, std::vector<Saved> runs);

}  // namespace switchyard::app
