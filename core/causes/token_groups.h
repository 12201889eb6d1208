// What the tokens of a look are sorted by (all, domain, class, character), and the two halves in which a finding
// has to come up twice. Figures are means over a group's tokens that have a loss. Thread safety: values, pure
// functions.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/train/interface/trial.h"

namespace switchyard {

enum class GroupKind : std::uint8_t { all, domain, point_class, character };
std::string_view name_of(GroupKind kind);  // "all", "domain", "class", "character"

struct TokenGroup {
  GroupKind kind = GroupKind::all;
  std::string name;                      // as it should be shown; of `all` empty
  std::vector<std::int32_t> tokens;      // rising, those with a loss
  std::array<std::int64_t, 2> halves{};  // tokens of each half
};

struct TokenGroups {
  // All first, then domains or classes in their order, then characters by how often they occur, the character that
  // the router sees (not the one to predict). A group without a token is not there.
  std::vector<TokenGroup> groups;
  // [T] 0 or 1. Sequences of a domain take turns; the only one of a domain is split in its middle. Points take
  // turns.
  std::vector<std::uint8_t> half;
  // [T] index of the token's domain or class into `labels`; -1: has none.
  std::vector<std::int32_t> label;
  std::vector<std::string> labels;
};

TokenGroups token_groups(const Trial& trial);

// Over a group and each half of it; NaN where there are no tokens.
struct HalvedMean {
  double all = kMissing;
  std::array<double, 2> half{kMissing, kMissing};
};
// values [T].
HalvedMean mean_of(const std::vector<double>& values, const TokenGroup& group,
                   const std::vector<std::uint8_t>& half);
// [T] loss of b less that of a, in nats: above 0, b is worse. Both of the same look.
std::vector<double> loss_difference(const Trial& a, const Trial& b);
// Mean over the tokens that have a loss, and the share of them that are predicted right.
double mean_loss(const Trial& trial);
double accuracy_of(const Trial& trial);

}  // namespace switchyard
