#include "core/record/reading/run_summary.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <span>
#include <string_view>
#include <system_error>
#include <utility>

#include "core/base/input_file.h"
#include "core/config/json.h"
#include "core/record/checkpoint/checkpoint_store.h"
#include "core/record/folder/run_description.h"
#include "core/record/folder/run_lock.h"
#include "core/record/folder/run_note.h"
#include "core/record/folder/run_place.h"
#include "core/record/lines/metrics_fields.h"
#include "core/record/reading/tape_steps.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;

// Room for the rows since the last validation, and for two of the longest.
constexpr std::uint64_t kTail = std::uint64_t{512} << 10;
constexpr std::uint64_t kSample = std::uint64_t{64} << 10;

// metrics.csv, of which parts are read.
class MetricsGlance {
 public:
  static std::optional<MetricsGlance> open(const fs::path& folder) {
    auto file = InputFile::open(folder / kMetricsFile);
    if (!file) return std::nullopt;
    MetricsGlance glance(std::move(*file));
    const std::string_view header = glance.first_line();
    glance.begin_ = header.size() + 1;
    glance.step_ = metrics_column(header, "step");
    glance.loss_ = metrics_column(header, "loss");
    glance.val_loss_ = metrics_column(header, "val_loss");
    glance.val_accuracy_ = metrics_column(header, "val_accuracy");
    glance.tokens_ = metrics_column(header, "tokens");
    glance.wall_s_ = metrics_column(header, "wall_s");
    if (!glance.step_) return std::nullopt;
    return glance;
  }
  std::uint64_t begin() const { return begin_; }
  std::uint64_t size() const { return file_.size(); }
  // Whole lines within so many bytes from here on; the first may be torn.
  std::string_view read(std::uint64_t offset, std::uint64_t bytes) {
    bytes = offset < file_.size() ? std::min(bytes, file_.size() - offset) : 0;
    text_.resize(static_cast<std::size_t>(bytes));
    if (!file_.read(offset, std::as_writable_bytes(std::span(text_)))) return {};
    const std::size_t end = text_.rfind('\n');
    return std::string_view(text_).substr(0, end == std::string::npos ? 0 : end);
  }
  std::optional<std::int64_t> step_of(std::string_view row) const {
    return metrics_number<std::int64_t>(row, step_);
  }
  std::optional<double> loss_of(std::string_view row) const { return metrics_number<double>(row, loss_); }
  std::optional<double> val_loss_of(std::string_view row) const { return metrics_number<double>(row, val_loss_); }
  std::optional<double> val_accuracy_of(std::string_view row) const {
    return metrics_number<double>(row, val_accuracy_);
  }
  std::optional<std::int64_t> tokens_of(std::string_view row) const {
    return metrics_number<std::int64_t>(row, tokens_);
  }
  std::optional<double> wall_s_of(std::string_view row) const { return metrics_number<double>(row, wall_s_); }

 private:
  explicit MetricsGlance(InputFile file) : file_(std::move(file)) {}

  std::string_view first_line() {
    const std::string_view text = read(0, kTail);
    return text.substr(0, text.find('\n'));
  }

  InputFile file_;
  std::string text_;
  std::uint64_t begin_ = 0;
  std::optional<std::size_t> step_, loss_, val_loss_, val_accuracy_, tokens_, wall_s_;
};

std::int64_t changed_unix_s(const fs::path& folder) {
  if (const auto changed = run_changed_unix_s(AT_FDCWD, folder.native())) return *changed;
  struct stat at {};
  const bool found = ::stat((folder / kConfigFile).c_str(), &at) == 0;
  return found ? static_cast<std::int64_t>(at.st_mtim.tv_sec) : -1;
}

// Lines of a text, the last first.
template <class Take>
void for_each_line_backwards(std::string_view text, Take take) {
  while (!text.empty()) {
    const std::size_t newline = text.rfind('\n');
    if (!take(newline == text.npos ? text : text.substr(newline + 1))) return;
    text = text.substr(0, newline == text.npos ? 0 : newline);
  }
}

void read_end(const fs::path& folder, RunSummary& summary) {
  if (const auto end = are_steps_on_tape(folder) ? read_tape_end(folder) : std::nullopt) {
    summary.steps = end->newest.step, summary.loss = end->newest.loss;
    summary.tokens = end->newest.tokens, summary.wall_s = end->newest.wall_s;
    summary.val_loss = end->val_loss, summary.val_accuracy = end->val_accuracy;
    return;
  }
  auto metrics = MetricsGlance::open(folder);
  if (!metrics) return;
  const std::uint64_t from =
      metrics->size() > kTail ? std::max(metrics->begin(), metrics->size() - kTail) : metrics->begin();
  bool has_step = false;
  for_each_line_backwards(metrics->read(from, kTail), [&](std::string_view row) {
    const auto step = metrics->step_of(row);
    if (!step || *step < 0) return true;
    if (!std::exchange(has_step, true)) {
      summary.steps = *step;
      summary.loss = metrics->loss_of(row).value_or(kMissing);
      summary.tokens = metrics->tokens_of(row).value_or(-1);
      summary.wall_s = metrics->wall_s_of(row).value_or(kMissing);
    }
    const auto val_loss = metrics->val_loss_of(row);
    if (!val_loss) return true;
    summary.val_loss = *val_loss;
    summary.val_accuracy = metrics->val_accuracy_of(row).value_or(kMissing);
    return false;
  });
}

}  // namespace

Result<RunSummary> summarize_run(const fs::path& folder, RunDetail detail) {
  RunSummary summary;
  summary.folder = folder;
  auto description = read_run_description(folder);
  if (!description) return description.error();
  summary.id = std::move(description->run.id);
  summary.name = read_run_note(folder).name;
  summary.parent = std::move(description->run.parent);
  if (!description->json["config"].members())
    return usage_error((folder / kConfigFile).native() + ": records no run: it holds no 'config'");
  if (const std::string* corpus = description->json["corpus"].text()) summary.corpus = *corpus;
  if (const std::string* started = description->json["started"].text()) summary.started = *started;
  if (auto config = config_from_json(description->json, Config{}, kConfigFile))
    summary.config = std::move(*config);
  summary.changed_unix_s = changed_unix_s(folder);
  read_end(folder, summary);
  if (detail == RunDetail::whole) {
    const Validation& last = summary.whole.emplace(read_whole(folder)).last;
    if (std::isnan(summary.val_loss) && last.step >= 0)
      summary.val_loss = last.val_loss, summary.val_accuracy = last.val_accuracy;
  }
  summary.newest = CheckpointStore(folder).newest();
  if (summary.parent) summary.steps = std::max(summary.steps, summary.parent->step);
  // What a child keeps of its first moment was measured of its parent.
  const bool is_own = summary.newest && (!summary.parent || summary.newest->label.step > summary.parent->step);
  if (is_own && std::isnan(summary.val_loss)) summary.val_loss = summary.newest->label.val_loss;
  std::error_code code;
  summary.has_weights = fs::is_regular_file(folder / "model.safetensors", code);
  summary.is_running = is_run_recorded(folder);
  return summary;
}

bool has_own_step(const RunSummary& run) { return run.steps > (run.parent ? run.parent->step : 0); }

std::vector<CurvePoint> sample_curve(const fs::path& folder, std::size_t points) {
  std::vector<CurvePoint> curve;
  if (are_steps_on_tape(folder)) {
    const std::vector<StepRecord> rows = read_tape_rows(folder);
    for (std::size_t i = 0; i < rows.size() && points > 0; i += std::max<std::size_t>(rows.size() / points, 1))
      if (!std::isnan(rows[i].loss)) curve.push_back({rows[i].step, rows[i].loss});
    if (!rows.empty() && !curve.empty() && curve.back().step < rows.back().step && !std::isnan(rows.back().loss))
      curve.push_back({rows.back().step, rows.back().loss});
    if (!rows.empty()) return curve;
  }
  auto metrics = MetricsGlance::open(folder);
  if (!metrics || metrics->size() <= metrics->begin()) return curve;
  const auto take = [&](std::string_view row) {
    const auto step = metrics->step_of(row);
    const auto loss = metrics->loss_of(row);
    if (step && loss && (curve.empty() || *step > curve.back().step)) curve.push_back({*step, *loss});
    return !step;
  };
  const std::uint64_t bytes = metrics->size() - metrics->begin();
  for (std::size_t i = 0; i < points; ++i) {
    // The line that this byte lies in begins before it, so the one behind it is taken; of the first byte that one.
    const std::uint64_t at = metrics->begin() + bytes * i / points;
    std::string_view text = metrics->read(i == 0 ? at : at - 1, kSample);
    if (i > 0) text = text.substr(std::min(text.find('\n'), text.size()));
    if (text.starts_with('\n')) text.remove_prefix(1);
    take(text.substr(0, text.find('\n')));
  }
  const std::uint64_t from = std::max(metrics->begin(), metrics->size() - std::min(metrics->size(), kSample));
  for_each_line_backwards(metrics->read(from, kSample), take);
  return curve;
}

}  // namespace switchyard
