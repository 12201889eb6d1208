#include "app/run/words/rank_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "viz/base/format.h"

namespace switchyard::app {
namespace {

std::string named(std::size_t rank) { return fmt::format("Rank {}", rank); }

std::string times_the_mean(double factor) { return fmt::format("{:.2f} times the mean", factor); }

std::string slow_sentence(const RankBalance& balance, const RankTraffic& traffic) {
  if (!std::isfinite(balance.imbalance)) return "No rank has computed anything yet.";
  const std::size_t slow = balance.slowest;
  if (balance.imbalance < kUneven)
    return fmt::format("All ranks compute about as long: the longest, rank {}, {}.", slow,
                       times_the_mean(balance.imbalance));
  std::string text = fmt::format("{} computes {}", named(slow), times_the_mean(balance.imbalance));
  if (traffic.empty() || !std::isfinite(traffic.imbalance))
    return text +
           "; no experts are shared out, so it is not their tokens but its processor or what else runs on it.";
  const std::string share = viz::percent(traffic.received[slow] / traffic.total);
  const double of_fair = traffic.received[slow] * static_cast<double>(traffic.ranks) / traffic.total;
  if (of_fair >= kUneven)
    return text + fmt::format(", since its experts get {} of the tokens, where an even share is {}.", share,
                              viz::percent(1 / static_cast<double>(traffic.ranks)));
  return text + fmt::format(
                    ", though its experts get no more than {} of the tokens: it is its processor or what else "
                    "runs on it.",
                    share);
}

// Each waits about as long as the others, so that none is the one who is late.
bool takes_turns(const RankBalance& balance) {
  return std::all_of(balance.ranks.begin(), balance.ranks.end(),
                     [&](const RankShare& share) { return share.wait_ms > 0.5 * balance.wait_ms; });
}

}  // namespace

std::string rank_name(std::size_t rank) { return fmt::format("rank {}", rank); }

std::string ms_number(double ms) {
  if (!std::isfinite(ms)) return "–";
  return ms >= 9.95 ? viz::grouped(ms) : viz::decimals(ms, ms >= 0.995 ? 1 : 2);
}
std::string ms_text(double ms) { return std::isfinite(ms) ? ms_number(ms) + " ms" : "–"; }

std::string straggler_text(const RankBalance& balance) {
  if (!std::isfinite(balance.imbalance)) return "";
  if (balance.imbalance < kUneven) return "no rank is much slower than the others";
  return fmt::format("rank {} is slowest, {}", balance.slowest, times_the_mean(balance.imbalance));
}

RankSentences rank_sentences(const RankBalance& balance, const RankTraffic& traffic) {
  RankSentences made;
  made.slow = slow_sentence(balance, traffic);
  if (!std::isfinite(balance.imbalance)) return made;
  const bool others = balance.ranks.size() > 2;
  if (balance.wait_ms < 0.005 * balance.step_ms)
    made.waits = fmt::format("Nobody waits for long: {} of {} on average.", ms_text(balance.wait_ms),
                             ms_number(balance.step_ms));
  else if (balance.imbalance < kUneven)
    made.waits = fmt::format("The ranks wait {} of {} on average, {}.", ms_text(balance.wait_ms),
                             ms_number(balance.step_ms),
                             takes_turns(balance) ? "for they take turns at being late"
                                                  : rank_name(balance.most_waiting) + " the longest");
  else
    made.waits = fmt::format("{} {} of {} for it.", others ? "The others wait" : "The other waits",
                             ms_text(balance.others_wait_ms()), ms_number(balance.step_ms));
  made.even = fmt::format("With perfect balance the step would have taken {}, {} less.", ms_text(balance.even_ms),
                          viz::percent(balance.wait_share()));
  return made;
}

}  // namespace switchyard::app
