// What a person does to single experts of a model that learns, as a value and as the line that people type,
// scripts hold and events.jsonl records:
//
//   clone 0.3                     layer 0's expert 3 twice, the second as a new expert
//   clone 0.3 onto 0.5            the second in the place of expert 5
//   remove 0.3
//   merge 0.3 0.5                 into the first of them, weighted by load
//   reinitialise 0.3 0.4          drawn anew, as at the beginning
//   reinitialise router 0 2
//   transplant 0.3 onto 0.5 from PATH     (checked CHECKSUM before "from": that very one) expert 3 of layer 0 of
//   another run, checkpoint or model.safetensors
//   upcycle experts=8 top_k=2 r=0.5 groups=2
//
// makes of a dense model's feed-forwards the experts of MoE layers; each word may be missing, and "upcycle 8" is
// "upcycle experts=8".
//
//   split all                     each expert of every layer into two of half its width
//   split 0.3                     that one, into two halves that zeros fill up
//
// What upcycle and "split all" make is remodel.h. Names are those of core/config/expert_names.h. A last word
// "noise 0.02" (clone) is the standard deviation of what is added to the copy, as a share of each tensor's own.
// Every layer has equally many experts: what an operation does not say of the others is expert_plan.h.
//
// Thread safety: values and pure functions.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/config/expert_names.h"

namespace switchyard {

enum class OperationKind : std::uint8_t {
  clone,
  remove,
  merge,
  reinitialise,
  reinitialise_router,
  transplant,
  upcycle,
  split,
};

// What an upcycled model is to have.
struct Upcycling {
  std::int64_t experts = 0, top_k = 0;  // 0: as the settings say
  double redrawn = 0;                   // r: share of an expert's hidden dimensions that is drawn anew
  std::int64_t groups = 1;              // G: parts in width that a feed-forward is cut into first
  bool operator==(const Upcycling&) const = default;
};

struct Operation {
  static constexpr double kNoise = 0.01;

  OperationKind kind = OperationKind::clone;
  std::vector<ExpertName> experts;    // whom it is done to; of a transplant the other model's; split: none is all
  std::vector<std::int32_t> routers;  // reinitialise_router: blocks
  std::optional<ExpertName> onto;     // clone, transplant: whose place it takes
  double noise = kNoise;              // clone
  Upcycling upcycling;                // upcycle
  std::string source;                 // transplant: where the other model is
  std::string checksum;               // of its expert, 16 hexadecimal digits; empty: whatever is there
  // transplant: its expert, read from there by whoever has files (core/session/driving/donor.h); named as behind
  // "experts.3.", and "gate.weight" [d]. Not part of the line.
  std::vector<NamedTensor> donor;
};

// The line; operation_of(text_of(x)) is x without its donor.
std::string text_of(const Operation& operation);
// usage, with what is allowed.
Result<Operation> operation_of(std::string_view line);

}  // namespace switchyard
