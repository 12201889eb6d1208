#include "core/train/placement.h"

#include "core/config/knobs.h"
#include "core/config/ranks_fit.h"

namespace switchyard {

Result<void> check_config(const Config& config, const Mesh* mesh) {
  if (const auto problems = switchyard::validate(config); !problems.empty())
    return usage_error(problems.front().message);
  if (!mesh) return {};
  if (const auto problems = problems_of_ranks(config, mesh->size()); !problems.empty())
    return usage_error(problems.front().message);
  return {};
}

Layout layout_of(const Config& config, Mesh* mesh) {
  if (!mesh) return {};
  return {mesh, config.ffn == Ffn::moe ? config.expert_parallel : 1};
}

}  // namespace switchyard
