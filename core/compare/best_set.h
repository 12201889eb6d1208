// Which of several arms may be the best: the arms that are left when every one is taken out that some other is
// surely better than (subset selection, Gupta 1965; "multiple comparisons with the best", Hsu 1996).
//
// Arm i is taken out where for some j of the n judged arms the one-sided t test of "j has the lower mean than i"
// has p < alpha / (n - 1). Were i truly the best, each of those n - 1 tests would say so falsely with a chance of
// at most alpha / (n - 1): the best arm is among those left with a chance of at least 1 - alpha, whichever that is
// and whichever looks best. So, unlike a test of the arm that came out first against the others, it is not
// misled by having chosen that arm from the same data. Those left are not proven equal: more seeds may take out
// more.
//
// A measurement is one number a seed, the less the better; tests are paired or Welch's (t_test.h). Thread safety:
// pure functions.
#pragma once

#include <cstddef>
#include <functional>
#include <vector>

namespace switchyard {

struct BestSetMember {
  bool may_be_best = false;
  // Of the test that speaks most against it, and the arm that test found better; its own index: no other has a
  // lower mean.
  double p = 1;
  std::size_t beaten_by = 0;
};

// Of arms with as many finite measurements each, at least two, seed by seed; is_paired(i, j): whether seeds of
// those two are pairs.
std::vector<BestSetMember> best_set(const std::vector<std::vector<double>>& arms,
                                    const std::function<bool(std::size_t, std::size_t)>& is_paired, double alpha);

}  // namespace switchyard
