#include "app/run/ranks_begin.h"

#include <string>

#include "app/run/transport.h"
#include "core/base/limits.h"
#include "core/config/ranks_fit.h"

namespace switchyard::app {

std::vector<std::int64_t> processes_that_fit(const Config& config, std::int64_t cores) {
  std::vector<std::int64_t> fit;
  for (const std::int64_t processes : {2, 4, 8})
    if (processes <= std::max<std::int64_t>(2, cores) && problems_of_ranks(config, processes).empty())
      fit.push_back(processes);
  return fit;
}

std::string why_no_ranks(const PanelInput& in, const UiState& ui) {
  if (ui.ranks.run) return "Processes begun from this window train already.";
  if (!in.status.config) return "No settings are known yet.";
  if (!processes_that_fit(*in.status.config, usable_cores()).empty()) return {};
  const std::vector<ConfigProblem> problems = problems_of_ranks(*in.status.config, 2);
  return problems.empty() ? std::string("This many processes cannot share these settings.")
                          : problems.front().message;
}

void begin_ranks(const PanelInput& in, UiState& ui, Commands& out, std::int64_t processes) {
  if (!in.status.config) return;
  if (is_playing(in.status)) out.emplace_back(Pause{});
  ui.ranks.wanted = RanksWish{*in.status.config, processes, in.status.corpus_name};
}

}  // namespace switchyard::app
