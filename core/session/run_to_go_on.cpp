#include "core/session/run_to_go_on.h"

#include <utility>

#include "core/record/folder/data_record.h"
#include "core/record/folder/run_description.h"
#include "core/record/reading/resume_point.h"
#include "core/record/reading/stored_run.h"

namespace switchyard {
namespace {

// The run's text may lie elsewhere by now.
Result<void> find_text(const std::filesystem::path& folder, Config& config) {
  if (config.task != TaskKind::language || folder.empty()) return {};
  const auto recorded = read_recorded_config(folder / kConfigFile, config);
  // Without its description the checkpoint's own name of it holds.
  if (!recorded) return {};
  auto corpus = find_corpus(*recorded);
  if (!corpus) return corpus.error();
  config.corpus = std::move(*corpus);
  return {};
}

}  // namespace

Result<RunToGoOn> find_run_to_go_on(const std::string& where) {
  auto point = find_resume_point(where);
  if (!point) return point.error();
  RunToGoOn run{std::move(point->folder), std::move(point->file), nullptr, std::move(point->notes)};
  if (!point->checkpoint) return run;
  if (auto text = find_text(run.folder, point->checkpoint->trainer.config); !text) return text.error();
  run.checkpoint = std::make_shared<const Checkpoint>(std::move(*point->checkpoint));
  return run;
}

RunToGoOn as_child(RunToGoOn run) {
  if (!run.checkpoint) return run;
  run.parent = RunPoint{run.checkpoint->label.run, run.checkpoint->label.step};
  run.folder.clear();
  return run;
}

Result<std::unique_ptr<Trainer>> make_trainer_of(const RunToGoOn& run, const MakeTrainer& make, const MakeTrainerFrom& make_from) {
  if (run.checkpoint && make_from) return make_from(run.checkpoint->trainer);
  if (run.checkpoint) {
    auto trainer = make(run.checkpoint->trainer.config);
    if (!trainer) return trainer;
    if (auto restored = (*trainer)->restore(run.checkpoint->trainer); !restored) return restored.error();
    return trainer;
  }
  const auto stored = StoredRun::open(run.file);
  if (!stored) return stored.error();
  Config config = stored->config();
  if (auto text = find_text(run.file.parent_path(), config); !text) return text.error();
  auto trainer = make(config);
  if (!trainer) return trainer;
  const auto weights = stored->weights();
  if (!weights) return weights.error();
  if (auto loaded = (*trainer)->load_weights(*weights); !loaded) return loaded.error();
  return trainer;
}

}  // namespace switchyard
