// What a comparison of runs says in words: which arms are better or worse than the first, by how much, with what
// certainty, and what it does not say.
//
// An arm is one setup run with several seeds; its measurement is one number a seed, the less the better (a loss).
// Where both arms saw the same batches a seed is a pair, else they are independent samples (t_test.h); several
// arms are corrected together (holm.h) at 95 %. A measurement that is not finite is a run that diverged: it is
// counted, said, and no verdict is made of what remains, as the seeds that survived are chosen by the outcome.
//
// Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace switchyard {

inline constexpr double kVerdictAlpha = 0.05;
inline constexpr std::size_t kFirstVerdictSeeds = 3;  // fewer are no verdict

struct Arm {
  std::string name;
  std::vector<double> by_seed{};  // seed by seed in the order of the first arm's; as many as have ended
  bool is_paired = true;          // the same batches as the first arm
};

enum class Finding {
  too_few_seeds,
  diverged,        // a run of this arm or of the first is not finite
  identical_bits,  // every pair is equal to the bit
  undecided,       // cannot be told apart
  better,
  worse,
};

struct Verdict {
  std::string name;
  Finding finding = Finding::too_few_seeds;
  std::size_t seeds = 0;     // pairs, or the fewer of both samples
  std::size_t diverged = 0;  // of this arm's runs
  double difference = 0;     // of this arm less the first: below 0 it is better
  double half_width = 0;     // of the interval at the level at which it was judged
  double p = 1;
  bool is_paired = true, is_provisional = false;
};

// Of each arm but the first, in their order. planned_seeds: a verdict of fewer is provisional.
std::vector<Verdict> judge(std::span<const Arm> arms, std::size_t planned_seeds);

struct VerdictWords {
  std::string unit = "nats";
  std::int64_t steps = 0;
  std::vector<std::string> not_shown = {"other sizes", "other texts"};
};
// "B is better than A by 0.021 ± 0.008 nats at 1,000 steps (5 seeds, 95 %, paired t); C cannot be told from A. Not
// shown: other sizes, other texts."
std::string in_words(std::string_view first, std::span<const Verdict> verdicts, const VerdictWords& words);

}  // namespace switchyard
