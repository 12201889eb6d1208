#include "app/cli/causes/causes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <optional>

#include "app/cli/causes/cause_texts.h"
#include "app/cli/causes/trial_progress.h"
#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/session/cause_work.h"
#include "core/session/driving/run_to_go_on.h"

namespace switchyard::app {
namespace {

// The run as it stands, or computed in another precision.
Result<std::unique_ptr<Trainer>> open_run(const std::string& where, std::optional<Precision> precision,
                                          const MakeTrainer& make, const MakeTrainerFrom& make_from) {
  auto run = find_run_to_go_on(where);
  if (!run) return run.error();
  for (const std::string& note : run->notes) inform("switchyard: warning: {}\n", printable(note));
  auto trainer = make_trainer_of(*run, make, make_from);
  if (!trainer) return trainer.error();
  Config config = (*trainer)->config();
  if (const std::string why = why_never_tried(config); !why.empty())
    return usage_error(fmt::format("{}: {}", where, why));
  if (precision && config.precision != *precision) {
    config.precision = *precision;
    if (auto applied = (*trainer)->apply(config, 1); !applied) return applied.error();
  }
  return trainer;
}

Result<std::string> answer(const Options& options, const MakeTrainer& make, const MakeTrainerFrom& make_from) {
  const CauseRequest& asked = options.cause;
  TrialProgress progress(STDERR_FILENO);
  CauseWork work{.hand = [](const SideWork::Piece& piece) { return piece(); },
                 .make = make,
                 .open = [&] { return open_run(asked.run, asked.precision, make, make_from); },
                 .open_other = [&] { return open_run(asked.other, asked.other_precision, make, make_from); },
                 .told = progress.told(),
                 .goes_on = [] { return !EndSignals::asked_to_end(); }};
  const auto report = find_cause(asked, work);
  progress.finish();
  if (!report) return report.error();
  if (asked.what == Cause::ablate && asked.ablation.draws > report->asked.ablation.draws)
    inform(
        "switchyard: tokens of this gate do not choose top_k experts each, so there is no control to draw, and "
        "no label\n");
  return options.json ? cause_json(*report) : cause_text(*report);
}

}  // namespace

Result<std::string> report_cause(const Options& options, const MakeTrainer& make,
                                 const MakeTrainerFrom& make_from) {
  const EndSignals signals;
  auto report = caught("the trials", [&] { return answer(options, make, make_from); });
  if (!report && report.error().kind == ErrorKind::interrupted && EndSignals::asked_to_end())
    return EndSignals::request();
  return report;
}

}  // namespace switchyard::app
