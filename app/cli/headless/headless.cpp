#include "app/cli/headless/headless.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

#include "app/cli/console/console.h"
#include "app/cli/console/ends.h"
#include "app/cli/console/progress.h"
#include "app/cli/console/saved.h"
#include "app/cli/headless/run_costs.h"
#include "app/cli/setups/own_presets.h"
#include "app/cli/setups/run_origin.h"
#include "core/base/caught.h"
#include "core/base/printable.h"
#include "core/config/cost.h"
#include "core/config/knobs.h"
#include "core/insight/straggler.h"
#include "core/record/folder/run_folder.h"
#include "core/record/folder/run_note.h"
#include "core/record/reading/run_reading.h"
#include "core/session/driving/driver.h"
#include "core/session/driving/run_routes.h"
#include "core/session/driving/run_to_go_on.h"
#include "core/train/interface/resume.h"
#include "core/train/interface/slow_precision.h"

namespace switchyard::app {
namespace {

void introduce(const Trainer& trainer, const std::filesystem::path& folder, std::int64_t steps) {
  const DataInfo& data = trainer.data();
  Config config = trainer.config();
  if (data.dims > 0) config.cluster_dims = data.dims;
  const ModelCost cost = model_cost(config, static_cast<std::int64_t>(data.outputs.size()));
  const EngineInfo engine = trainer.info();
  const std::string examples = count_text(static_cast<double>(data.examples));
  if (trainer.config().task == TaskKind::clusters)
    inform("{} steps on {}: {} points of {} classes in {} dimensions, the largest {:.1f} % of the test split\n",
           steps, data.name, examples, data.outputs.size(), data.dims, 100 * data.largest_share);
  else
    inform("{} steps on {}: {} characters, {} of them distinct, {} tokens of vocabulary, bigram loss {:.3f}\n", steps,
           data.name, examples, data.text.distinct, data.outputs.size(), data.bigram_loss);
  const char* unit = trainer.config().task == TaskKind::clusters ? "point" : "token";
  inform("{} parameters, {} of them active for a {}; LibTorch {}, {}, {} threads on {}{}\n",
         count_text(static_cast<double>(cost.parameters)), count_text(static_cast<double>(cost.active_parameters)),
         unit, engine.libtorch, engine.blas, engine.threads, engine.device,
         trainer.config().precision == Precision::automatic ? ", precision auto: " + engine.auto_precision : "");
  inform("{:.3g} MFLOP a {} forward, about {:.3g} MB to train", cost.forward_flops_per_token / 1e6, unit,
         cost.training_bytes / 1e6);
  if (trainer.config().ffn == Ffn::moe) {
    const auto outputs = static_cast<std::int64_t>(data.outputs.size());
    const Config dense = dense_equal(config, outputs);
    inform("; the dense model of as many FLOPs: d_ff {}, {} parameters", dense.d_ff,
           count_text(static_cast<double>(model_cost(dense, outputs).parameters)));
  }
  inform(std::string_view("\n"));
  if (const std::string note = unknown_note(data.text); !note.empty()) inform("warning: {}\n", note);
  if (!data.note.empty()) inform("{}: {}\n", data.name, data.note);
  for (const ConfigProblem& warning : warnings(trainer.config())) inform("warning: {}\n", warning.message);
  if (const std::string slow = slow_precision(trainer.config(), engine); !slow.empty()) inform("warning: {}\n", slow);
  inform("run folder: {}\n", printable(folder.native()));
}

constexpr const char* kPrompt = "Once upon a time";
constexpr int kGenerated = 240;  // tokens
constexpr double kTemperature = 0.8;
constexpr std::int64_t kSampledFrom = 20;

RunStatus status_of(const Trainer& trainer, const Driver& driver, const std::filesystem::path& folder) {
  RunStatus status;
  status.state = RunState::paused;
  status.model_id = trainer.model_id();
  status.run = driver.run();
  status.parent = driver.parent();
  status.step = trainer.step();
  status.config = std::make_shared<Config>(trainer.config());
  status.corpus_name = trainer.data().name;
  status.vocabulary = static_cast<std::int32_t>(trainer.data().outputs.size());
  status.dims = trainer.data().dims;
  status.bigram_loss = trainer.data().bigram_loss;
  status.largest_share = trainer.data().largest_share;
  status.text = trainer.data().text;
  status.engine = trainer.info();
  status.run_folder = folder.string();
  return status;
}

// The counterfactual of one token: as many routes as this time allows.
constexpr double kInspectSeconds = 2;

Result<std::shared_ptr<const Inspection>> inspect(Trainer& trainer, const Inspect& wish) {
  auto found = trainer.inspect(wish.layer, wish.token);
  if (!found) return found.error();
  found->id = wish.id;
  if (!found->done && found->no_regret.empty())
    if (const auto done = trainer.inspect_more(*found, kInspectSeconds); !done) return done.error();
  return std::shared_ptr<const Inspection>(std::make_shared<Inspection>(std::move(*found)));
}

// What a window would have kept of the run.
struct Seen {
  History history;
  SnapshotStore kept;

  void take(const Driver::Slice& slice) {
    history.append(*slice.record);
    for (const RunEvent& event : slice.health) history.append(event);
    for (const RunEvent& event : slice.verdicts) history.append(event);
    if (slice.snapshot) keep(slice.snapshot);
  }
  void keep(const std::shared_ptr<const Snapshot>& look) { kept.add(look); }
};

Result<DrawnFigures> draw_run(Trainer& trainer, Driver& driver, Seen seen, const Result<std::shared_ptr<const Snapshot>>& snapshot, const std::filesystem::path& folder,
                              const DrawFigures& draw_figures) {
  std::vector<std::string> told;
  if (snapshot) seen.keep(*snapshot);
  else told.push_back("no look at the model for its figures: " + snapshot.error().message);
  FinishedRun run{.history = std::move(seen.history),
                  .kept = std::move(seen.kept),
                  .snapshot = snapshot ? *snapshot : nullptr,
                  .status = status_of(trainer, driver, folder)};
  run.status.alerts = driver.alerts();
  run.look = [&](const Watch& watch) {
    driver.watch(watch);
    return driver.look();
  };
  run.inspect = [&](const Inspect& wish) { return inspect(trainer, wish); };
  if (trainer.config().task == TaskKind::language) {
    run.prompt = kPrompt;
    const auto begun = trainer.start_generation(run.prompt, kTemperature, kSampledFrom, trainer.config().seed);
    // A text without the prompt's characters has no continuation, and the other figures are as good without.
    for (int i = 0; begun && i < kGenerated && !EndSignals::asked_to_end(); ++i) {
      auto token = trainer.generate_token();
      if (!token) {
        told.push_back("the model's text ends early: " + token.error().message);
        break;
      }
      run.generated.push_back(std::move(*token));
    }
  }
  auto drawn = draw_figures(std::move(run), folder / "figures");
  if (drawn) drawn->told.insert(drawn->told.begin(), told.begin(), told.end());
  return drawn;
}

// Where a run's routes go, and come from.
Result<RunRoutes> routes_of(const Options& options, Trainer& trainer) {
  RunRoutes routes(trainer);
  if (!options.routes.empty())
    if (auto follows = routes.follow(options.routes, true); !follows)
      return usage_error("--routes " + follows.error().message);
  if (!options.record_routes.empty())
    if (auto records = routes.record(options.record_routes); !records)
      return Error{records.error().kind, "--record-routes " + records.error().message};
  return routes;
}

// The weights as they are now, into the run folder.
Saved save(Driver& driver, Seen& seen) {
  Saved saved{driver.trainer().step(), {}, {}};
  if (saved.step == 0) return saved;
  const auto written = caught("the weights were not written", [&] { return driver.export_weights(); });
  if (written) saved.folder = written->folder, seen.history.append(written->event);
  else saved.why_not = written.error().message;
  driver.keep_last();
  return saved;
}

// What the recording has to say, each thing once; it never ends the run.
void tell_of_recording(Driver& driver, Progress& progress) {
  for (const RecordingNews& news : driver.take_news()) {
    if (news.message.empty()) continue;
    progress.finish();
    inform("switchyard: {}\n", printable(news.message));
  }
}

std::string difference_text(const Checkpoint& from, const Trainer& trainer) {
  const std::string difference = resume_difference(from.trainer.engine, trainer.info());
  return difference.empty() ? difference : ": " + difference;
}

// What it began from, for whoever goes on with it in a window; a fork from what the run began from that it is of,
// which need not lie beside it. A folder that cannot take it is told of elsewhere.
void note_preset(const Options& options, const std::optional<RunToGoOn>& resumed, const RunFolder& folder) {
  std::string preset;
  if (resumed) {
    if (resumed->parent) preset = origin_of_checkpoint(resumed->file, read_own_presets().presets);
  } else if (!options.preset.empty()) {
    if (const auto found = find_any_preset(options.preset)) preset = found->title;
  }
  if (!preset.empty()) (void)write_run_note(folder.place(), folder.run(), {.name = {}, .preset = preset});
}

// A folder that was made for a run which is refused before its first step: it goes when nobody writes in it any
// more.
struct Unbegun {
  std::filesystem::path folder{};  // empty: it stays
  Unbegun() = default;
  Unbegun(const Unbegun&) = delete;
  Unbegun& operator=(const Unbegun&) = delete;
  ~Unbegun() {
    std::error_code code;
    if (!folder.empty()) std::filesystem::remove_all(folder, code);
  }
};

Result<std::filesystem::path> run(const Options& options, const MakeTrainer& make_trainer,
                                  const DrawFigures& draw_figures, const MakeTrainerFrom& make_trainer_from) {
  if (options.figures && !draw_figures)
    return usage_error("--figures: this build draws none (SWITCHYARD_APP=OFF)");
  std::optional<RunToGoOn> resumed;
  if (options.resume) resumed = std::exchange(*options.resume, {});
  auto trainer = resumed ? make_trainer_of(*resumed, make_trainer, make_trainer_from) : make_trainer(options.config);
  if (!trainer) return trainer.error();
  std::shared_ptr<const Checkpoint> from = resumed ? std::exchange(resumed->checkpoint, nullptr) : nullptr;
  if (EndSignals::asked_to_end()) return with_saved(EndSignals::request(), {}).error();
  const std::optional<RunPoint> parent = resumed ? resumed->parent : std::nullopt;
  // Of a child with other settings they are those of the model that these make.
  const bool is_edited = parent && options.config != (*trainer)->config();
  auto routes = is_edited ? Result<RunRoutes>(RunRoutes(**trainer)) : routes_of(options, **trainer);
  if (!routes) return routes.error();
  const bool same_folder = from && !resumed->folder.empty();
  const std::filesystem::path path = same_folder ? resumed->folder
                                     : options.out.empty()
                                         ? new_run_folder(default_runs_directory(), (*trainer)->data().name)
                                         : std::filesystem::path(options.out);
  std::error_code code;
  const bool was_there = std::filesystem::exists(path, code);
  Unbegun unbegun;
  auto folder = same_folder ? RunFolder::resume(path, *from) : RunFolder::create(path);
  if (!folder) return folder.error();

  const std::int64_t asked = options.steps.value_or(kHeadlessSteps);
  const std::int64_t steps =
      options.ranks.goes_on ? std::max(asked, (*trainer)->step()) : (*trainer)->step() + asked;
  const std::string_view unit = unit_of(options.config);
  Progress progress(STDERR_FILENO, steps, unit);
  Driver driver(**trainer, folder->get());
  std::optional<StepRecord> last;
  RunCosts costs;
  StragglerWatch stragglers;
  Seen seen;  // for figures only
  bool followed = false;  // recorded routes, when it was kept
  if (same_folder)
    if (const auto past =
            read_past(path, (*trainer)->model_id(), options.figures ? kMostPastRecords : 1, &from->recording)) {
      followed = follows_at_end(past->events);
      if (options.figures) {
        for (const StepRecord& record : past->records) seen.history.append(record);
        for (const RunEvent& event : past->events) seen.history.append(event);
      }
      seen.history.go_on_from(from->trainer.step);
    }
  const Result<void> trained = caught("training", [&]() -> Result<void> {
    introduce(**trainer, path, steps);
    if (parent)
      inform("a new run from step {} of {}{}\n", parent->step, parent->run, difference_text(*from, **trainer));
    else if (from)
      inform("goes on at step {}{}\n", from->trainer.step, difference_text(*from, **trainer));
    driver.start(from.get(), parent ? Driver::As::child : Driver::As::same_run);
    note_preset(options, resumed, **folder);
    if (is_edited) {
      if (!was_there) unbegun.folder = (*folder)->place();
      if (auto applied = driver.apply(options.config, from->trainer.revision); !applied) return applied.error();
      routes = routes_of(options, **trainer);
      if (!routes) return routes.error();
      unbegun.folder.clear();
    }
    driver.shadow_by([&](const Trainer& of) { return ShadowFork::of(of, make_trainer, make_trainer_from); },
                     options.shadow);
    driver.take_routes(std::move(*routes));
    if (followed) driver.say_router_chooses();
    if (options.replay) driver.replay(*options.replay);
    tell_of_recording(driver, progress);
    from = nullptr;  // a large state is not held on to
    driver.validate_at(steps);
    while ((*trainer)->step() < steps) {
      if (EndSignals::asked_to_end()) return EndSignals::request();
      if (EndSignals::take_save()) {
        progress.finish();
        inform("{}\n", printable(text_of(save(driver, seen))));
      }
      auto slice = driver.advance();
      std::vector<RunEvent> edits = driver.take_replayed();
      if (options.figures)
        for (const RunEvent& edit : edits) seen.history.append(edit);
      if (!slice) return slice.error();
      tell_of_recording(driver, progress);
      if (!slice->record) continue;
      for (const RunEvent& verdict : slice->verdicts) {
        progress.finish();
        inform("{}\n", printable(verdict.message));
      }
      if (options.figures) seen.take(*slice);
      if (const std::string late = stragglers.take(*slice->record); !late.empty()) {
        progress.finish();
        inform("switchyard: {}\n", late);
      }
      costs.take(*slice->record);
      progress.update(*(last = std::move(slice->record)));
    }
    return {};
  });
  progress.finish();
  tell_of_recording(driver, progress);
  if (!unbegun.folder.empty()) return trained.error();
  // Before anything else is asked of the model, or said of it.
  // A model whose other part is gone is none.
  const bool is_whole = trained || trained.error().kind != ErrorKind::lost;
  if (!is_whole) {
    driver.finish();
    tell_of_recording(driver, progress);
    return trained.error();
  }
  const Saved saved = save(driver, seen);
  (void)driver.record_routes({});  // what is recorded of them is whole
  Result<std::shared_ptr<const Snapshot>> look = failure("nothing was learned");
  if ((*trainer)->step() > 0) look = driver.look_at_all();
  driver.finish();
  tell_of_recording(driver, progress);
  const std::filesystem::path place = (*folder)->place();  // it may have had to move
  if (last) {
    // As it stands in the row of this step.
    const std::string held_out =
        std::isnan(last->val_loss)
            ? std::string()
            : fmt::format(" ({:.4g} and {:.2f} % right held out)", last->val_loss, 100 * last->val_accuracy);
    inform("step {}: loss {:.4g}{}, {} {} in {}; run folder: {}\n", last->step, last->loss, held_out,
           count_text(static_cast<double>(last->tokens)), unit, duration_text(last->wall_s), printable(place.native()));
    if (const std::string spent = costs.text(); !spent.empty()) inform(std::string_view(spent));
  }
  if (const Result<void> ended = with_saved(trained, saved); !ended) return ended.error();
  if (options.figures) {
    const auto drawn =
        caught("the figures", [&] { return draw_run(**trainer, driver, std::move(seen), look, place, draw_figures); });
    if (!drawn && drawn.error().kind == ErrorKind::interrupted) return with_saved(drawn.error(), saved).error();
    if (!drawn) return drawn.error();
    for (const std::string& line : drawn->told) inform("{}\n", printable(line));
    inform("{} files in {}\n", drawn->files.size(), printable((place / "figures").native()));
  }
  return place;
}

}  // namespace

Result<std::filesystem::path> run_headless(const Options& options, const MakeTrainer& make_trainer,
                                           const DrawFigures& draw_figures, const MakeTrainerFrom& make_trainer_from) {
  const EndSignals signals;
  return caught("the run", [&] { return run(options, make_trainer, draw_figures, make_trainer_from); });
}

}  // namespace switchyard::app
