#include "core/train/crew/self_check.h"

#include <fmt/format.h>

#include "core/config/ranks_fit.h"
#include "core/train/crew/equality.h"
#include "core/train/crew/lead_trainer.h"
#include "core/train/trainer_impl.h"

namespace switchyard {
namespace {

constexpr std::size_t kRows = 32;

Result<GradientStep> step_of(Result<std::unique_ptr<Trainer>> trainer) {
  if (!trainer) return trainer.error();
  return gradient_step(**trainer);
}

}  // namespace

Result<void> self_check(RankCrew& crew, const std::function<bool(const CheckedRow&)>& told) {
  const std::int64_t ranks = crew.mesh().size();
  for (const EqualityRow& row : equality_rows(kRows)) {
    for (std::int64_t shared_by = 1; shared_by <= ranks; ++shared_by) {
      if (ranks % shared_by != 0) continue;
      Config config = readable(row.config);
      config.expert_parallel = shared_by;
      // Each rank gets two sequences, whatever their number.
      config.batch_size = 2 * ranks;
      config.shards = config.shards > 1 ? ranks : 1;
      if (!validate(config).empty() || !problems_of_ranks(config, ranks).empty()) continue;
      const auto one = step_of(TrainerImpl::create(config));
      if (!one) return one.error();
      const auto many = step_of(LeadTrainer::create(config, crew));
      if (!many) return many.error();
      const Deviation found = deviation(*one, *many);
      if (!told({fmt::format("{} x {}", ranks / shared_by, shared_by), row.name, text_of(found), found.gradient,
                 found.within()}))
        return Error{ErrorKind::interrupted, "the check was interrupted"};
    }
  }
  return {};
}

}  // namespace switchyard
