// What a run of the real program left in its folder, and how to ask for one that is kept at every step.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/files/safetensors.h"
#include "tests/e2e/program.h"

namespace switchyard::test {

namespace fs = std::filesystem;

inline std::vector<std::string> run_of(const std::vector<std::string>& settings, std::vector<std::string> more) {
  auto arguments = tiny_model();
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  arguments.insert(arguments.end(), {"--set", "checkpoint_interval_s=0", "--headless"});
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

// Without the columns that a clock fills.
inline std::vector<std::vector<std::string>> metrics_of(const fs::path& run) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream text(read_text(run / "metrics.csv"));
  std::set<std::size_t> of_clock;
  for (std::string line; std::getline(text, line);) {
    std::vector<std::string> cells;
    std::istringstream row(line);
    std::string cell;
    for (std::size_t i = 0; std::getline(row, cell, ','); ++i) {
      if (rows.empty() && (cell == "wall_s" || cell == "tokens_per_s" || cell == "step_ms")) of_clock.insert(i);
      if (!of_clock.contains(i)) cells.push_back(cell);
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

inline std::map<std::string, std::vector<float>> weights_of(const fs::path& run) {
  std::map<std::string, std::vector<float>> weights;
  const auto file = SafetensorsFile::open(run / "model.safetensors");
  EXPECT_TRUE(file) << file.error().message;
  if (!file) return weights;
  const auto tensors = file->read();
  EXPECT_TRUE(tensors) << tensors.error().message;
  if (tensors)
    for (const NamedTensor& tensor : *tensors) weights[tensor.name] = tensor.values;
  return weights;
}

inline std::int64_t newest_step(const fs::path& run) {
  const auto newest = CheckpointStore(run).find("");
  return newest ? newest->label.step : 0;
}

inline std::int64_t rows_on_disk(const fs::path& run) {
  const std::string text = read_text(run / "metrics.csv");
  return std::max<std::int64_t>(0, std::count(text.begin(), text.end(), '\n') - 1);
}

}  // namespace switchyard::test
