#include "core/runs/run_rows.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <system_error>
#include <utility>

#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/record/folder/run_description.h"
#include "core/record/reading/run_list.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

RunCell text_cell(const std::string& text) { return text.empty() ? RunCell() : RunCell(printable(text)); }
RunCell count_cell(std::int64_t count) { return count < 0 ? RunCell() : RunCell(count); }

std::string folder_text(const fs::path& folder) {
  return text_of_path((folder.has_filename() ? folder.filename() : folder.parent_path().filename()).native());
}

RunCell time_cell(std::int64_t unix_s) {
  std::tm parts{};
  const auto time = static_cast<std::time_t>(unix_s);
  if (unix_s < 0 || !::gmtime_r(&time, &parts)) return {};
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", parts);
}

struct OwnColumn {
  const char* key;
  KnobType type;
  RunCell (*cell)(const RunSummary&);
  bool is_of_setup = false;
};

constexpr OwnColumn kOwnColumns[] = {
    {"folder", KnobType::text, [](const RunSummary& run) -> RunCell { return folder_text(run.folder); }},
    {"name", KnobType::text, [](const RunSummary& run) { return text_cell(run.name); }},
    {"id", KnobType::text, [](const RunSummary& run) { return text_cell(run.id); }},
    {"parent", KnobType::text,
     [](const RunSummary& run) { return run.parent ? text_cell(run.parent->run) : RunCell(); }},
    {"parent_step", KnobType::integer,
     [](const RunSummary& run) { return run.parent ? RunCell(run.parent->step) : RunCell(); }, true},
    {"state", KnobType::text,
     [](const RunSummary& run) -> RunCell { return std::string(run.is_running ? "running" : "ended"); }},
    {"steps", KnobType::integer, [](const RunSummary& run) { return count_cell(run.steps); }, true},
    {"val_loss", KnobType::real, [](const RunSummary& run) { return cell_of(run.val_loss); }},
    {"best_val_loss", KnobType::real,
     [](const RunSummary& run) { return run.whole ? cell_of(run.whole->best.val_loss) : RunCell(); }},
    {"best_step", KnobType::integer,
     [](const RunSummary& run) { return run.whole ? count_cell(run.whole->best.step) : RunCell(); }},
    {"val_accuracy", KnobType::real, [](const RunSummary& run) { return cell_of(run.val_accuracy); }},
    {"loss", KnobType::real, [](const RunSummary& run) { return cell_of(run.loss); }},
    {"tokens", KnobType::integer, [](const RunSummary& run) { return count_cell(run.tokens); }},
    {"wall_s", KnobType::real, [](const RunSummary& run) { return cell_of(run.wall_s); }},
    {"edits", KnobType::integer,
     [](const RunSummary& run) { return run.whole ? RunCell(run.whole->edits) : RunCell(); }},
    {"started", KnobType::text, [](const RunSummary& run) { return text_cell(run.started); }},
    {"changed", KnobType::text, [](const RunSummary& run) { return time_cell(run.changed_unix_s); }},
    {"data", KnobType::text, [](const RunSummary& run) { return text_cell(run.corpus); }, true},
};

RunCell knob_cell(const Knob& knob, const Config& config) {
  return std::visit(
      [](const auto& value) -> RunCell {
        using Value = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<Value, double>) return cell_of(value);
        else if constexpr (std::is_same_v<Value, std::string>) return printable(value);
        else return value;
      },
      knob.get(config));
}

// Of settings that are not all known.
RunCell knob_cell(const Knob& knob, const Json& value) {
  switch (knob.type) {
    case KnobType::boolean:
      return value.boolean() ? RunCell(*value.boolean()) : RunCell();
    case KnobType::integer:
      return value.integer() ? RunCell(*value.integer()) : RunCell();
    case KnobType::real:
      return cell_of(value.number().value_or(kMissing));
    case KnobType::choice:
    case KnobType::text:
      break;
  }
  return value.text() ? RunCell(printable(*value.text())) : RunCell();
}

bool is_run_folder(const fs::path& folder) {
  std::error_code code;
  return fs::exists(folder / kConfigFile, code);
}

std::string why_unreadable(const fs::path& folder) {
  const auto summary = summarize_run(folder);
  return fmt::format("{}: cannot be read as a run: {}", printable(folder_text(folder)),
                     summary ? "it changed meanwhile" : printable(summary.error().message));
}

void read_all(const fs::path& directory, DirectoryOfRuns& found, const std::atomic<bool>* cancel) {
  found.directory = directory;
  RunIndex index(directory);
  read_runs(
      index,
      [&](RunSummary&& run) {
        found.table.rows.push_back(run_cells(run));
        return !(cancel && cancel->load(std::memory_order_relaxed));
      },
      RunDetail::whole,
      [&](const std::string& name) { found.unreadable.push_back(why_unreadable(directory / name)); });
}

}  // namespace

std::vector<RunColumn> run_columns() {
  std::vector<RunColumn> columns;
  for (const OwnColumn& own : kOwnColumns) columns.push_back({own.key, own.type, own.is_of_setup, nullptr});
  for (const Knob& knob : knobs()) columns.push_back({std::string(knob.key), knob.type, true, &knob});
  return columns;
}

std::vector<RunCell> run_cells(const RunSummary& run) {
  std::vector<RunCell> cells;
  cells.reserve(std::size(kOwnColumns) + knobs().size());
  for (const OwnColumn& own : kOwnColumns) cells.push_back(own.cell(run));
  if (run.config) {
    for (const Knob& knob : knobs()) cells.push_back(knob_cell(knob, *run.config));
    return cells;
  }
  const auto description = read_run_description(run.folder);
  static const Json nothing;
  const Json& settings = description ? description->json["config"] : nothing;
  for (const Knob& knob : knobs()) cells.push_back(knob_cell(knob, settings[knob.key]));
  return cells;
}

Result<DirectoryOfRuns> read_run_table(const fs::path& directory, const std::atomic<bool>* cancel) {
  DirectoryOfRuns found;
  found.table.columns = run_columns();
  std::error_code code;
  if (!fs::is_directory(directory, code))
    return usage_error(fmt::format("{}: is no folder{}", directory.native(),
                                   code ? fmt::format(" ({})", code.message()) : std::string()));
  if (is_run_folder(directory)) {
    fs::path folder = fs::absolute(directory, code).lexically_normal();
    auto run = summarize_run(folder, RunDetail::whole);
    if (run) found.table.rows.push_back(run_cells(*run));
    else found.unreadable.push_back(why_unreadable(folder));
    found.directory = std::move(folder);
    return found;
  }
  read_all(directory, found, cancel);
  const fs::path below = directory / "runs";
  const bool has_none = found.table.rows.empty() && found.unreadable.empty();
  if (has_none && fs::is_directory(below, code)) read_all(below, found, cancel);
  return found;
}

}  // namespace switchyard
