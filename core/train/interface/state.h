// All that decides how a trainer goes on, as plain data: what a checkpoint holds of it, and what undo goes back
// to. Its randomness is no part of it: every draw of training is a function of the seed, the step and where in the
// step it stands (core/model/kernels/draws.h). A state is of the end of an optimizer step. Who takes and gives one:
// Trainer::save and restore.
//
// Thread safety: a value. The tensors of a state that is filled again keep their memory.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/records.h"
#include "core/config/config.h"

namespace switchyard {

// Named blocks of one stretch of memory, one behind the other without gaps: all weights in the model's order, each
// by the name it is exported under, selection biases and counts of tokens among them whatever they are; then
// AdamW's first moments of what is learned, by the same names behind "adam.first/", then the second behind
// "adam.second/". A state that is restored may have them in any order.
struct StateTensors {
  struct Entry {
    std::string name;
    std::vector<std::int64_t> shape;
    std::size_t begin = 0, count = 0;  // in `values`
  };
  std::vector<Entry> entries;
  std::vector<float> values;
};

struct TrainerState {
  Config config;
  std::uint64_t revision = 0;  // of the configuration
  std::int64_t step = 0;       // optimizer steps done
  std::int64_t tokens = 0;
  double wall_s = 0;
  std::int64_t drawn = 0;  // examples (sequences or points) of the training split, up to the end of `step`
  std::int64_t optimizer_steps = 0;   // t of AdamW's bias correction
  std::vector<std::vector<double>> loads;  // [MoE layers][N] assignments, decayed: who is busy, for surgery
  StateTensors tensors;

  // What the numbers came from: a trainer that has other means goes on, though not bit for bit.
  // auto_precision, device and threads are what the configuration's auto and threads = 0 stand for in this model.
  EngineInfo engine;
  // The data by what it is, not where it lies: its name, its outputs, how much of it there is.
  std::string data_name;
  std::vector<std::string> outputs;
  std::int64_t examples = 0;
};

}  // namespace switchyard
