// Which steps of a run are kept whole, to go on or fork from: read from its folder, on a thread of its own, now and then.
//
// Thread safety: window thread only; its reader touches files alone.
#pragma once

#include <cstdint>
#include <future>
#include <span>
#include <string>
#include <vector>

#include "core/base/records.h"

namespace switchyard::app {

struct KeptStep {
  std::int64_t step = 0;
  std::string name, why;  // name: a person's; empty: the program kept it
  double val_loss = kMissing;
  std::string file;
  std::uint64_t bytes = 0;
  bool operator==(const KeptStep&) const = default;
};

// The one nearest to a step, of several there the one with a name; null: there is none.
const KeptStep* nearest_kept(std::span<const KeptStep> kept, double step);

class KeptSteps {
 public:
  static constexpr double kEvery_s = 3;

  // Once a frame, of the run that is shown: begins to read where that is due. `wake` is called from the reader's thread
  // when it is done. run_folder empty: nothing is kept.
  void refresh(const std::string& run_folder, double now_s, void (*wake)());
  // The next refresh() reads, whenever the last one was.
  void look_again() { next_s_ = 0; }
  // True once after each reading: what is kept in this folder, by step.
  bool take(std::string& run_folder, std::vector<KeptStep>& into);

 private:
  std::future<std::vector<KeptStep>> reading_;
  std::string folder_;  // being read, or read last
  double next_s_ = 0;
};

}  // namespace switchyard::app
