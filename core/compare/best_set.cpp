#include "core/compare/best_set.h"

#include "core/compare/t_test.h"

namespace switchyard {

std::vector<BestSetMember> best_set(const std::vector<std::vector<double>>& arms,
                                    const std::function<bool(std::size_t, std::size_t)>& is_paired, double alpha) {
  std::vector<BestSetMember> out(arms.size());
  const double level = arms.size() > 1 ? alpha / static_cast<double>(arms.size() - 1) : alpha;
  for (std::size_t i = 0; i < arms.size(); ++i) {
    BestSetMember& member = out[i];
    member.beaten_by = i;
    for (std::size_t j = 0; j < arms.size(); ++j) {
      if (i == j) continue;
      const TTest test = is_paired(i, j) ? paired_t_test(arms[i], arms[j]) : welch_t_test(arms[i], arms[j]);
      if (!test.can_tell() || !(test.difference < 0)) continue;
      const double p = test.p / 2;
      if (member.beaten_by != i && p >= member.p) continue;
      member.p = p;
      member.beaten_by = j;
    }
    member.may_be_best = !(member.p < level);
  }
  return out;
}

}  // namespace switchyard
