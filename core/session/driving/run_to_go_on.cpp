#include "core/session/driving/run_to_go_on.h"

#include <utility>

#include "core/base/file_name.h"
#include "core/config/knobs.h"
#include "core/data/data_file.h"
#include "core/record/folder/data_record.h"
#include "core/record/folder/kept_text.h"
#include "core/record/folder/run_description.h"
#include "core/record/reading/resume_point.h"
#include "core/record/reading/stored_run.h"

namespace switchyard {
namespace {

// Kept for all runs and not, or no longer whole, for this one: then it is, under its own name again.
std::string with_own_copy(const std::filesystem::path& folder, const RecordedConfig& recorded, std::string found) {
  const std::filesystem::path name = path_of_text(recorded.data_file()).filename();
  if (!recorded.source || path_of_text(found).filename() != recorded.source->sha256 ||
      name == recorded.source->sha256)
    return found;
  const auto bytes = read_data_file(recorded.config.task, found);
  if (!bytes || fingerprint(*bytes) != *recorded.source || !keep_text(folder, name, *recorded.source, *bytes))
    return found;
  return absolute_text(text_of_path(own_text(folder, name).native()));
}

Error wrong_kind(const NamedData& named) {
  return usage_error(named.task == TaskKind::language
                         ? "--corpus: this run learns points; a text needs task = language"
                         : "--points: this run learns a text; points need task = clusters");
}

void set_logged(const std::optional<Logged>& logged, Config& config) {
  if (logged)
    config.log_csv = logged->csv, config.log_jsonl = logged->jsonl, config.log_tensorboard = logged->tensorboard;
}

}  // namespace

std::optional<Fingerprint> recorded_source(const std::filesystem::path& folder) {
  auto recorded = read_recorded_config(folder / kConfigFile, Config{});
  return recorded ? std::move(recorded->source) : std::nullopt;
}

Result<void> find_data(const std::filesystem::path& folder, Config& config, std::vector<std::string>& notes,
                       const std::optional<NamedData>& named) {
  if (named && named->task != config.task) return wrong_kind(*named);
  const DataKnob knob = data_knob(config.task);
  if (named)
    if (auto set = set_from_text(config, knob.key, named->file); !set) return set;
  if (folder.empty()) return {};
  const auto recorded = read_recorded_config(folder / kConfigFile, config);
  // Without its description the checkpoint's own name of it holds; one of another task is of an earlier model.
  if (!recorded || recorded->config.task != config.task) return {};
  if (named) {
    auto other = note_of_another_file(*recorded, config.*knob.file);
    if (!other) return other.error();
    if (!other->empty()) return usage_error(std::move(*other));
    return {};
  }
  auto file = find_data_file(*recorded, &notes);
  if (!file) return file.error();
  config.*knob.file = with_own_copy(folder, *recorded, std::move(*file));
  return {};
}

Result<RunToGoOn> find_run_to_go_on(const std::string& where, const std::optional<NamedData>& data,
                                    const std::optional<Logged>& logged) {
  auto point = find_resume_point(where);
  if (!point) return point.error();
  RunToGoOn run{
      std::move(point->folder), std::move(point->file), nullptr, std::move(point->notes), {}, data, logged};
  if (!point->checkpoint) return run;
  if (auto found = find_data(run.folder, point->checkpoint->trainer.config, run.notes, data); !found)
    return found.error();
  set_logged(logged, point->checkpoint->trainer.config);
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
  std::vector<std::string> notes;
  if (auto found = find_data(run.file.parent_path(), config, notes, run.data); !found) return found.error();
  set_logged(run.logged, config);
  auto trainer = make(config);
  if (!trainer) return trainer;
  const auto weights = stored->weights();
  if (!weights) return weights.error();
  if (auto loaded = (*trainer)->load_weights(*weights); !loaded) return loaded.error();
  return trainer;
}

}  // namespace switchyard
