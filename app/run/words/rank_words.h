// How ranks that train one model stand to each other, in sentences.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <string>

#include "core/insight/rank_balance.h"

namespace switchyard::app {

// Ranks this much above the mean are named as slow, and rows as many.
inline constexpr double kUneven = 1.05;

std::string rank_name(std::size_t rank);  // "rank 3"; they count from 0 everywhere
// 71, 7.1, 0.71; and with its unit.
std::string ms_number(double ms);
std::string ms_text(double ms);
// "rank 1 is slowest, 1.4 times the mean", or that none is.
std::string straggler_text(const RankBalance& balance);
// How imbalance becomes waiting, and what even loads would save. `traffic` may be empty.
struct RankSentences {
  std::string slow;   // who computes longest, and whether that lies in the tokens
  std::string waits;  // what it costs the others
  std::string even;   // the step with even loads
};
RankSentences rank_sentences(const RankBalance& balance, const RankTraffic& traffic);
// How one rank is started of several, and how their run is seen here.
inline constexpr const char* kStartRanks = "switchyard --headless --ranks 2 --out DIR";
inline constexpr const char* kFollowRanks = "switchyard --follow DIR";

}  // namespace switchyard::app
