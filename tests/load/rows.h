// Configurations of which each asks something else of load.py: every choice of every knob that a model is made by.
#pragma once

#include <string>
#include <vector>

#include "core/config/config.h"

namespace switchyard::test {

struct LoadRow {
  std::string name;
  // Learned with one after another, live: what an earlier one leaves in the weights is there.
  std::vector<Config> learned;
  const Config& config() const { return learned.back(); }
};

// `corpus`, `points`: files for the rows that learn from one. few: one row a choice, for slow trees.
std::vector<LoadRow> load_rows(const std::string& corpus, const std::string& points, bool few);

}  // namespace switchyard::test
