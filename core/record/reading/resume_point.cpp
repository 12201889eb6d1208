#include "core/record/reading/resume_point.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

#include "core/record/checkpoint/checkpoint_file.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_description.h"
#include "core/record/reading/stored_run.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

constexpr const char* kWeightsFile = "model.safetensors";

Result<ResumePoint> from_weights(const fs::path& file, std::vector<std::string> notes) {
  const auto run = StoredRun::open(file);
  if (!run) return run.error();
  ResumePoint point;
  point.file = run->path();
  point.notes = std::move(notes);
  point.notes.push_back(
      fmt::format("{}: goes on from weights alone: the optimizer's state was not saved", run->path().native()));
  return point;
}

Result<ResumePoint> from_folder(const fs::path& folder, std::string_view which) {
  const CheckpointStore store(folder);
  auto found = store.read(which);
  if (found) {
    ResumePoint point;
    point.folder = folder;
    point.file = std::move(found->file);
    point.checkpoint = std::move(found->checkpoint);
    point.notes = std::move(found->passed_over);
    return point;
  }
  // Weights alone are for a run that has nothing better.
  if (which.empty() && store.gone_on_by_later()) return found.error();
  std::error_code code;
  if (!which.empty() || !fs::exists(folder / kWeightsFile, code)) {
    const bool is_run = static_cast<bool>(read_run_description(folder));
    if (!which.empty() || is_run) return found.error();
    return usage_error(folder.native() +
                       ": is no folder of a run: it holds no checkpoint and no model.safetensors");
  }
  // Damaged checkpoints are told; that there are none is not.
  const bool has_some =
      fs::is_directory(folder / kCheckpointFolder, code) && !fs::is_empty(folder / kCheckpointFolder, code);
  return from_weights(folder / kWeightsFile,
                      has_some ? std::vector{found.error().message} : std::vector<std::string>());
}

Result<ResumePoint> from_file(const fs::path& file) {
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  if (file.filename() == kWeightsFile)
    if (auto point = from_folder(folder, {});
        point ? point->checkpoint.has_value() : CheckpointStore(folder).gone_on_by_later().has_value())
      return point;
  auto read = read_checkpoint(file);
  if (!read) {
    // Of two reasons why it is none, the one of what it is.
    return file.filename() == kWeightsFile || StoredRun::open(file) ? from_weights(file, {}) : read.error();
  }
  ResumePoint point;
  point.file = file;
  if (folder.filename() == kCheckpointFolder) {
    const fs::path run = folder.has_parent_path() ? folder.parent_path() : fs::path(".");
    const auto description = read_run_description(run);
    if (description && description->run.id == read->label.run) point.folder = run;
  }
  point.checkpoint = std::move(*read);
  return point;
}

}  // namespace

Result<ResumePoint> find_resume_point(std::string_view named) {
  const fs::path whole(named);
  std::error_code code;
  const auto status = fs::status(whole, code);
  if (fs::is_directory(status)) return from_folder(whole.has_filename() ? whole : whole.parent_path(), {});
  if (fs::exists(status)) return from_file(whole);
  const std::size_t at = named.rfind('@');
  if (at == named.npos || at + 1 == named.size())
    return usage_error(fmt::format("{}: no such run folder or checkpoint", named));
  const fs::path folder(named.substr(0, at));
  if (!fs::is_directory(folder, code)) return usage_error(fmt::format("{}: no such run folder", folder.native()));
  return from_folder(folder, named.substr(at + 1));
}

}  // namespace switchyard
