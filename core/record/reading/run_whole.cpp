#include "core/record/reading/run_whole.h"

#include <cmath>

#include "core/record/files/line_reader.h"
#include "core/record/folder/run_place.h"
#include "core/record/lines/event_lines.h"
#include "core/record/lines/metrics_fields.h"

namespace switchyard {
namespace {

void read_validations(const std::filesystem::path& file, RunWhole& whole) {
  auto lines = LineReader::open(file);
  if (!lines) return;
  const auto header = lines->next();
  if (!header) return;
  const auto step_column = metrics_column(*header, "step"), loss_column = metrics_column(*header, "val_loss"),
             accuracy_column = metrics_column(*header, "val_accuracy");
  while (const auto row = lines->next()) {
    // Most rows have none: it is looked for first.
    const auto val_loss = metrics_number<double>(*row, loss_column);
    if (!val_loss) continue;
    const auto step = metrics_number<std::int64_t>(*row, step_column);
    if (!step || *step < 0) continue;
    whole.last = {*step, *val_loss, metrics_number<double>(*row, accuracy_column).value_or(kMissing)};
    const bool is_better = whole.best.step < 0 || *val_loss < whole.best.val_loss;
    if (std::isfinite(*val_loss) && is_better) whole.best = whole.last;
  }
}

std::int64_t count_edits(const std::filesystem::path& file) {
  std::int64_t edits = 0;
  auto lines = LineReader::open(file);
  if (!lines) return edits;
  while (const auto line = lines->next()) {
    if (line->find("\"changes\"") == line->npos) continue;
    const auto event = event_of(*line);
    if (event && event->kind == EventKind::set) edits += static_cast<std::int64_t>(event->changes.size());
  }
  return edits;
}

}  // namespace

RunWhole read_whole(const std::filesystem::path& folder) {
  RunWhole whole;
  read_validations(folder / kMetricsFile, whole);
  whole.edits = count_edits(folder / kRunFileNames[2]);
  return whole;
}

}  // namespace switchyard
