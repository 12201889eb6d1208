#include "app/run/cause_asking.h"

#include <fmt/format.h>

#include "app/cli/console/progress.h"
#include "app/run/wake.h"
#include "core/session/cause_work.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr double kFirstGuess_s = 2;  // of a shorter time nobody can tell how long the rest takes

}  // namespace

std::string_view title_of(Cause cause) {
  switch (cause) {
    case Cause::ablate:
      return "Ablation";
    case Cause::steer:
      return "Steering sweep";
    case Cause::zoo:
      return "Router zoo";
    case Cause::routes:
      return "Reference routes";
    case Cause::prune:
      return "Prune and merge bench";
    case Cause::route_diff:
      break;
  }
  return "Route diff";
}

std::string why_no_cause(const PanelInput& in, const UiState& ui, Cause cause) {
  if (in.status.recorded) return "a recording of another program has no model that could be tried";
  if (!in.status.config || in.status.state == RunState::loading) return "there is no model yet";
  if (std::string why = why_not_asked(cause, *in.status.config); !why.empty()) return why;
  if (is_record(in.status) && !in.run.beside && !waking_of(in, ui))
    return "no step of this run is kept, so there is no model that could be tried";
  return {};
}

void ask_cause(UiState& ui, Cause cause) { ui.causes[cause].wanted = true; }

const CauseReport* report_of(const PanelInput& in, Cause cause) {
  return in.run.causes[static_cast<std::size_t>(cause)].get();
}

bool is_of_shown(const PanelInput& in, const CauseState& state) { return state.run == in.run.id; }

std::string progress_text(const CauseState& state) {
  if (state.ends) return "ends with this trial…";
  if (state.planned <= 0) return "a copy of the model is made…";
  std::string text = fmt::format("trial {} of {}", viz::grouped(static_cast<double>(state.done)),
                                 viz::grouped(static_cast<double>(state.planned)));
  if (state.done > 0 && state.seconds > kFirstGuess_s)
    text += fmt::format(" · {} left", duration_text(state.seconds / static_cast<double>(state.done) *
                                                    static_cast<double>(state.planned - state.done)));
  return text;
}

std::string of_step(const PanelInput& in, const CauseReport& report) {
  std::string text = fmt::format("of step {}", viz::grouped(static_cast<double>(report.step)));
  if (in.status.step != report.step)
    text += fmt::format("; now {}", viz::grouped(static_cast<double>(in.status.step)));
  return text;
}

}  // namespace switchyard::app
