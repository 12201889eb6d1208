// What a layer of a checkpoint tells: its router's geometry, from the head and a little matrix; and, in one pass
// over its experts, their norms and the cosines between them.
//
// Thread safety: pure functions of the files. Errors: as each_piece() (weight_numbers.h).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/base/records.h"
#include "core/checkpoints/goes_on.h"
#include "core/checkpoints/pair_figures.h"
#include "core/checkpoints/sketch.h"
#include "core/checkpoints/weight_numbers.h"

namespace switchyard {

struct RouterFigures {
  std::vector<double> norms;         // [N] of its rows; empty: the layer has no router that is read
  PairFigures cosines;               // between rows; NaN of a row of zeros
  std::optional<std::int64_t> rank;  // as of a Spectrum
  double effective_rank = kMissing;
  double least_bias = kMissing, most_bias = kMissing;  // NaN, too, where one of them is
};
// What is of a type that is not read is as if it were not there. interrupted: `goes_on` said so.
Result<RouterFigures> router_figures(const WeightFiles& files, const ExpertLayer& layer,
                                     const GoesOn& goes_on = {});

// Of an expert as one vector of all its matrices.
struct ExpertFigures {
  std::vector<std::array<double, 3>> norms;  // [N] of gate, up, down (L2); NaN of one that there is not, and of
                                             // what is no number
  std::vector<double> whole;  // [N] of all three together
  PairFigures cosines;        // by sketches of this seed (sketch.h); NaN of zeros
  bool all_zero() const;
};
inline constexpr std::uint64_t kSketchSeed = 1;
// interrupted: `told` said so; it is asked with 0 bytes, too.
Result<ExpertFigures> expert_figures(const WeightFiles& files, const ExpertLayer& layer,
                                     const BytesTold& told = {}, std::uint64_t seed = kSketchSeed);

}  // namespace switchyard
