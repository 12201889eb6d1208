#include "core/record/reading/run_whole.h"

#include <cmath>

#include "core/record/files/line_reader.h"
#include "core/record/folder/run_place.h"
#include "core/record/lines/event_lines.h"
#include "core/record/lines/metrics_fields.h"
#include "core/record/reading/tape_steps.h"

namespace switchyard {
namespace {

std::int64_t count_edits(const std::filesystem::path& file) {
  std::int64_t edits = 0;
  auto lines = LineReader::open(file);
  if (!lines) return edits;
  while (const auto line = lines->next()) {
    if (line->find("\"changes\"") == line->npos && line->find("\"operate\"") == line->npos) continue;
    const auto event = event_of(*line);
    if (event && event->kind == EventKind::set) edits += static_cast<std::int64_t>(event->changes.size());
    if (event && event->kind == EventKind::operate) ++edits;
  }
  return edits;
}

}  // namespace

void read_validations(const std::filesystem::path& folder, const std::function<bool(const Validation&)>& take) {
  if (are_steps_on_tape(folder)) {
    bool is_known = false;
    const auto done = read_tape_steps(folder, [&](StepRecord&& record) {
      is_known = true;
      return std::isnan(record.val_loss) || take({record.step, record.val_loss, record.val_accuracy});
    });
    if (done && is_known) return;
  }
  auto lines = LineReader::open(folder / kMetricsFile);
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
    if (!take({*step, *val_loss, metrics_number<double>(*row, accuracy_column).value_or(kMissing)})) return;
  }
}

RunWhole read_whole(const std::filesystem::path& folder) {
  RunWhole whole;
  read_validations(folder, [&whole](const Validation& one) {
    whole.last = one;
    const bool is_better = whole.best.step < 0 || one.val_loss < whole.best.val_loss;
    if (std::isfinite(one.val_loss) && is_better) whole.best = one;
    return true;
  });
  whole.edits = count_edits(folder / kEventsFile);
  return whole;
}

}  // namespace switchyard
