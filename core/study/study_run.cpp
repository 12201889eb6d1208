#include "core/study/study_run.h"

#include <fmt/format.h>

#include <memory>
#include <system_error>
#include <utility>

#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/base/version.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_folder.h"
#include "core/record/folder/run_lock.h"
#include "core/record/folder/trash.h"
#include "core/session/driving/driver.h"
#include "core/session/driving/run_to_go_on.h"
#include "core/study/claims.h"

namespace switchyard {
namespace {

// A run as it goes on in this process.
struct Begun {
  std::shared_ptr<const Checkpoint> from;  // null: it begins
  std::unique_ptr<Trainer> trainer;
  std::unique_ptr<RunFolder> folder;
};

void say(const StudyMeans& means, const std::string& news) {
  if (means.on_news) means.on_news(news);
}

// What a run is to be: its settings, how far, and on which data.
struct Wanted {
  Config config;
  std::int64_t steps = 0;
  const std::optional<Fingerprint>& data;
};

Result<void> check_data(const Trainer& trainer, const Wanted& wanted) {
  if (const Fingerprint& source = trainer.data().text.source; wanted.data && source != *wanted.data)
    return usage_error(fmt::format(
        "its data are another file than when the study began ({} bytes, SHA-256 {}; then {} bytes, {})",
        source.bytes, source.sha256, wanted.data->bytes, wanted.data->sha256));
  return {};
}

Result<Begun> begin(const std::filesystem::path& folder, const Wanted& wanted, const StudyMeans& means) {
  auto trainer = means.make_trainer(wanted.config);
  if (!trainer) return trainer.error();
  // Before there is a folder.
  if (auto right = check_data(**trainer, wanted); !right) return right.error();
  auto made = RunFolder::create(folder);
  if (!made) return made.error();
  return Begun{nullptr, std::move(*trainer), std::move(*made)};
}

// The first knob in which a run is no more what its arm is; where its file lies by now is none.
const Knob* changed_knob(const Config& arm, const Config& run) {
  for (const Knob* knob : changed_setup(arm, run))
    if (knob->type != KnobType::text) return knob;
  return nullptr;
}

// Somebody may have gone on with it outside the study, which its runs are there for.
Result<void> check_still_of_study(const RunToGoOn& run, const Config& config, std::int64_t steps) {
  const TrainerState& state = run.checkpoint->trainer;
  const std::string name = printable(run.folder.filename().native());
  constexpr std::string_view kWayOut = "move its folder elsewhere, and it is learned again";
  if (state.step > steps)
    return usage_error(
        fmt::format("{} has gone on to step {}, past the {} of the study: {}", name, state.step, steps, kWayOut));
  if (const Knob* const knob = changed_knob(config, state.config))
    return usage_error(fmt::format("{} has {} = {} by now, where its arm has {}: {}", name, knob->key,
                                   to_text(knob->get(state.config)), to_text(knob->get(config)), kWayOut));
  return {};
}

Result<Begun> go_on(const std::filesystem::path& folder, const Wanted& wanted, const StudyMeans& means) {
  auto run = find_run_to_go_on(folder.native());
  if (!run) return run.error();
  if (!run->checkpoint)
    return usage_error(
        fmt::format("no checkpoint of {} can be read: move its folder elsewhere, and it is learned again",
                    printable(folder.filename().native())));
  if (auto same = check_still_of_study(*run, wanted.config, wanted.steps); !same) return same.error();
  for (const std::string& note : run->notes) say(means, note);
  auto trainer = make_trainer_of(*run, means.make_trainer, means.make_trainer_from);
  if (!trainer) return trainer.error();
  if (auto right = check_data(**trainer, wanted); !right) return right.error();
  auto made = RunFolder::resume(folder, *run->checkpoint);
  if (!made) return made.error();
  return Begun{std::move(run->checkpoint), std::move(*trainer), std::move(*made)};
}

// What a later version of the program learned is that one's to go on with.
Result<void> check_not_of_later(const std::filesystem::path& folder, const CheckpointStore& store) {
  if (const auto later = store.gone_on_by_later()) return *later;
  const auto description = read_run_description(folder);
  const std::string* const program = description ? description->json["versions"]["switchyard"].text() : nullptr;
  if (!program || !is_later_version(*program)) return {};
  return usage_error(
      fmt::format("{}: no checkpoint of it can be read{}: move its folder elsewhere, and it is learned again",
                  printable(folder.native()), said_of_later(*program)));
}

Result<Begun> begin_or_go_on(const std::filesystem::path& folder, const Wanted& wanted, const StudyMeans& means) {
  std::error_code code;
  if (!std::filesystem::exists(folder, code) || std::filesystem::is_empty(folder, code))
    return begin(folder, wanted, means);
  const CheckpointStore store(folder);
  if (store.newest()) return go_on(folder, wanted, means);
  if (auto right = check_not_of_later(folder, store); !right) return right.error();
  // It ended within its first seconds, before anything of it was kept.
  const auto taken = Trash(folder.parent_path()).take(folder);
  if (!taken) return taken.error();
  say(means, fmt::format("{} ended before it was kept and begins again; what it had recorded is in {}",
                         printable(folder.filename().native()), printable(taken->entry.native())));
  return begin(folder, wanted, means);
}

// Each thing once; it ends nothing.
void tell(Driver& driver, const StudyMeans& means) {
  for (const RecordingNews& news : driver.take_news()) say(means, news.message);
}

// To the last step, or to where it was asked to end; `last`: the record of the last step that was made.
Result<void> learn(Driver& driver, std::int64_t steps, const StudyMeans& means, std::optional<StepRecord>& last) {
  driver.validate_at(steps);
  while (driver.trainer().step() < steps) {
    if (means.asked_to_end)
      if (auto asked = means.asked_to_end()) return *asked;
    auto slice = driver.advance();
    if (!slice) return slice.error();
    tell(driver, means);
    if (!slice->record) continue;
    last = std::move(slice->record);
    if (means.on_step) means.on_step(*last);
  }
  return {};
}

// A run that had made its steps already when it was killed is measured again, as its last step was.
Result<void> measure_again(Trainer& trainer, RunResult& result) {
  const auto measured = trainer.validate();
  if (!measured) return measured.error();
  result.val_loss = measured->loss;
  result.val_accuracy = measured->accuracy;
  return {};
}

RunResult result_of(const StepRecord& last) {
  RunResult result;
  result.val_loss = last.val_loss;
  result.val_accuracy = last.val_accuracy;
  result.loss = last.loss;
  result.tokens = last.tokens;
  result.wall_s = last.wall_s;
  return result;
}

Result<RunResult> learn_to_end(Begun run, std::int64_t steps, const StudyMeans& means) {
  Driver driver(*run.trainer, run.folder.get());
  std::optional<StepRecord> last;
  const Result<void> learned = caught("training", [&]() -> Result<void> {
    driver.start(run.from.get());
    run.from = nullptr;  // a large state is not held on to
    return learn(driver, steps, means, last);
  });
  const bool diverged = !learned && learned.error().kind == ErrorKind::diverged;
  RunResult result = last ? result_of(*last) : RunResult{};
  result.step = run.trainer->step();
  if (diverged) {
    result.val_loss = result.val_accuracy = kMissing;
    result.diverged = learned.error().message;
  }
  Result<void> measured;
  if (learned && std::isnan(result.val_loss)) measured = measure_again(*run.trainer, result);
  const auto weights = run.trainer->step() > 0
                           ? caught("the weights were not written", [&] { return driver.export_weights(); })
                           : Result<Driver::Exported>(Driver::Exported{});
  // The last: what is recorded behind it would be set aside when the run goes on.
  driver.keep_last();
  if (learned) (void)driver.look_at_all();
  driver.finish();
  tell(driver, means);
  result.run = driver.run();
  if (!learned && !diverged) return learned.error();
  if (!weights) return weights.error();
  if (!measured) return measured.error();
  // Validation itself may be no number.
  if (!diverged && !std::isfinite(result.val_loss)) {
    result.diverged = fmt::format("step {}: the validation loss is {}", result.step, result.val_loss);
    result.val_loss = kMissing;
  }
  if (auto written = write_result(run.folder->place(), result); !written) return written.error();
  return result;
}

}  // namespace

Result<std::optional<RunResult>> ended_run(const std::filesystem::path& study, const StudyPlan& plan,
                                           const StudyArm& arm, std::int64_t seed) {
  auto result = read_result(run_folder_of(study, arm, seed));
  if (!result || !*result) return result;
  // Of other steps than these it says nothing: it goes on, or somebody else went on with it.
  const bool counts = (*result)->diverged.empty() ? (*result)->step == plan.steps : (*result)->step <= plan.steps;
  return counts ? result : std::optional<RunResult>();
}

Result<RunOutcome> learn_run(const std::filesystem::path& study, const StudyPlan& plan, const StudyArm& arm,
                             std::int64_t seed, const StudyMeans& means) {
  const std::filesystem::path claim = claim_of(study, run_name(arm, seed));
  std::error_code code;
  std::filesystem::create_directories(claim, code);
  if (code) return failure(fmt::format("{}: cannot be made: {}", printable(claim.native()), code.message()));
  if (is_run_held(claim)) return RunOutcome(HeldElsewhere{});
  const auto held = RunLock::take(claim);
  if (!held) return is_run_held(claim) ? Result<RunOutcome>(HeldElsewhere{}) : held.error();
  auto ended = ended_run(study, plan, arm, seed);
  if (!ended) return ended.error();
  if (*ended) return RunOutcome(std::move(**ended));
  const std::filesystem::path folder = run_folder_of(study, arm, seed);
  if (is_run_held(folder)) return RunOutcome(HeldElsewhere{});  // a window goes on with it
  auto begun = begin_or_go_on(folder, {config_of(arm, seed), plan.steps, arm.data}, means);
  if (!begun) return begun.error();
  auto result = learn_to_end(std::move(*begun), plan.steps, means);
  if (!result) return result.error();
  return RunOutcome(std::move(*result));
}

}  // namespace switchyard
