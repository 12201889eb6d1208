#include "core/config/ranks_fit.h"

#include <fmt/format.h>

#include "core/config/gates.h"

namespace switchyard {

std::vector<ConfigProblem> problems_of_ranks(const Config& config, std::int64_t ranks) {
  std::vector<ConfigProblem> problems;
  if (ranks == 1) return problems;
  const auto report = [&](std::string_view key, std::string message) {
    problems.push_back({std::string(key), std::move(message)});
  };
  if (config.batch_size % ranks != 0)
    report("batch_size", fmt::format("batch_size = {}: must be a multiple of the {} processes that share it",
                                     config.batch_size, ranks));
  if (ranks % config.expert_parallel != 0)
    report("expert_parallel", fmt::format("expert_parallel = {}: must divide the number of processes, {}",
                                          config.expert_parallel, ranks));
  if (config.ffn == Ffn::moe && config.expert_parallel > config.experts)
    report("expert_parallel", fmt::format("expert_parallel = {}: allowed is 1 to experts = {}",
                                          config.expert_parallel, config.experts));
  if (config.shards % ranks != 0 && ranks % config.shards != 0)
    report("shards", fmt::format("shards = {}: must divide the number of processes, {}, or be a multiple of it",
                                 config.shards, ranks));
  const bool one_sequence = config.task == TaskKind::clusters && config.ffn == Ffn::moe &&
                            (config.gate == Gate::expert_choice || config.gate == Gate::soft ||
                             config.sequence_coef != 0 || config.balance_scope == BalanceScope::sequence);
  if (one_sequence && config.shards % ranks != 0)
    report("shards",
           fmt::format("shards = {}: must be a multiple of the {} processes, since the points of a shard are one "
                       "sequence to gate = {}, sequence_coef and balance_scope, and no sequence is split",
                       config.shards, ranks, to_text(find_knob("gate")->get(config))));
  return problems;
}

}  // namespace switchyard
