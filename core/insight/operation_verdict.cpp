#include "core/insight/operation_verdict.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

namespace switchyard {
namespace {

template <class Rows, class Value>
double mean_of(const Rows& rows, const Value& value) {
  double sum = 0;
  for (const auto& row : rows) sum += value(row);
  return rows.empty() ? std::numeric_limits<double>::quiet_NaN() : sum / static_cast<double>(rows.size());
}

struct Line {
  double mean_x = 0, mean_y = 0, slope = 0, spread_x = 0;
  double variance = 0;   // of a residual
  double effective = 0;  // residuals that are as good as independent
  double at(double x) const { return mean_y + slope * (x - mean_x); }
};

Line line_through(const std::vector<double>& x, const std::vector<double>& y) {
  Line line;
  const auto n = static_cast<double>(x.size());
  for (std::size_t i = 0; i < x.size(); ++i) line.mean_x += x[i] / n, line.mean_y += y[i] / n;
  double product = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    line.spread_x += (x[i] - line.mean_x) * (x[i] - line.mean_x);
    product += (x[i] - line.mean_x) * (y[i] - line.mean_y);
  }
  line.slope = line.spread_x > 0 ? product / line.spread_x : 0;
  double squares = 0, neighbours = 0, last = 0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const double residual = y[i] - line.at(x[i]);
    squares += residual * residual;
    if (i > 0) neighbours += residual * last;
    last = residual;
  }
  line.variance = squares / std::max(1.0, n - 2);
  const double r = squares > 0 ? std::clamp(neighbours / squares, 0.0, 0.99) : 0;
  line.effective = n * (1 - r) / (1 + r);
  return line;
}

}  // namespace

OperationWatch::Seen OperationWatch::seen_in(const StepRecord& record) {
  Seen seen{record.step, record.loss, 0, 0, record.val_loss};
  // A dense model has no load to be even.
  if (record.layers.empty()) seen.violation = std::numeric_limits<double>::quiet_NaN();
  for (const LayerRecord& layer : record.layers) {
    seen.violation += static_cast<double>(layer.max_violation) / static_cast<double>(record.layers.size());
    seen.dead += static_cast<double>(std::count(layer.counts.begin(), layer.counts.end(), 0.0F));
  }
  return seen;
}

void OperationWatch::begin(std::string operation, std::int64_t step, bool shadowed) {
  Open open;
  open.before.assign(last_.begin(), last_.end());
  open.shadowed = shadowed;
  disturb(operation, step);
  open.verdict.operation = std::move(operation);
  open.verdict.step = step;
  open_.push_back(std::move(open));
}

std::vector<std::string> OperationWatch::open() const {
  std::vector<std::string> operations;
  for (const Open& open : open_) operations.push_back(open.verdict.operation);
  return operations;
}

void OperationWatch::disturb(const std::string& what, std::int64_t step) {
  const std::string when = fmt::format("{} after step {}", what, step);
  end_shadow(when);
  for (Open& open : open_)
    if (open.verdict.disturbed_by.empty()) open.verdict.disturbed_by = when;
  last_.clear();
}

void OperationWatch::end_shadow(const std::string& why) {
  for (Open& open : open_)
    if (std::exchange(open.shadowed, false)) open.verdict.no_shadow = why;
}

bool OperationWatch::has_shadow() const {
  return std::any_of(open_.begin(), open_.end(), [](const Open& open) { return open.shadowed; });
}

void OperationWatch::judge_by_trend(Open& open, const std::vector<Seen>& late) {
  if (open.before.size() < kTrendSteps) return;
  OperationVerdict& verdict = open.verdict;
  std::vector<double> x, y;
  for (const Seen& s : open.before) x.push_back(std::log(static_cast<double>(s.step))), y.push_back(s.loss);
  const Line line = line_through(x, y);
  const double mean_x = mean_of(late, [](const Seen& s) { return std::log(static_cast<double>(s.step)); });
  verdict.trend = line.at(mean_x);
  const double share = line.effective / static_cast<double>(open.before.size());
  const double from_line =
      1 / line.effective + (line.spread_x > 0 ? std::pow(mean_x - line.mean_x, 2) / (line.spread_x * share) : 0);
  verdict.standard_error = std::sqrt(line.variance * (from_line + 1 / (share * static_cast<double>(late.size()))));
}

void OperationWatch::judge_by_shadow(Open& open, const std::vector<Seen>& late) {
  OperationVerdict& verdict = open.verdict;
  const std::size_t first = open.shadow.size() - late.size();
  const std::vector<Seen> shadow(open.shadow.begin() + static_cast<std::ptrdiff_t>(first), open.shadow.end());
  verdict.shadow = mean_of(shadow, [](const Seen& s) { return s.loss; });
  verdict.violation_shadow = mean_of(shadow, [](const Seen& s) { return s.violation; });
  verdict.dead_shadow = mean_of(shadow, [](const Seen& s) { return s.dead; });
  std::vector<double> differences;
  for (std::size_t i = 0; i < late.size(); ++i) differences.push_back(late[i].loss - shadow[i].loss);
  // A line without a slope: their mean.
  const Line level = line_through(std::vector<double>(differences.size(), 0.0), differences);
  verdict.shadow_error = std::sqrt(level.variance / level.effective);
  for (std::size_t i = 0; i < open.after.size(); ++i)
    if (!std::isnan(open.after[i].val_loss) && !std::isnan(open.shadow[i].val_loss))
      verdict.val_loss = open.after[i].val_loss, verdict.val_shadow = open.shadow[i].val_loss;
}

std::vector<OperationVerdict> OperationWatch::take(const StepRecord& record, const StepRecord* shadow) {
  const Seen seen = seen_in(record);
  last_.push_back(seen);
  if (last_.size() > static_cast<std::size_t>(kOperationSteps)) last_.pop_front();
  std::vector<OperationVerdict> verdicts;
  for (Open& open : open_) {
    open.after.push_back(seen);
    if (open.shadowed && shadow) open.shadow.push_back(seen_in(*shadow));
    if (open.after.size() < static_cast<std::size_t>(kOperationSteps)) continue;
    OperationVerdict& verdict = open.verdict;
    const std::vector<Seen> late(open.after.begin() + kOperationSteps / 2, open.after.end());
    verdict.loss = mean_of(late, [](const Seen& s) { return s.loss; });
    verdict.violation_after = mean_of(late, [](const Seen& s) { return s.violation; });
    verdict.dead_after = mean_of(late, [](const Seen& s) { return s.dead; });
    verdict.violation_before = mean_of(open.before, [](const Seen& s) { return s.violation; });
    verdict.dead_before = mean_of(open.before, [](const Seen& s) { return s.dead; });
    judge_by_trend(open, late);
    if (open.shadowed && open.shadow.size() == open.after.size()) judge_by_shadow(open, late);
    verdicts.push_back(std::move(verdict));
  }
  std::erase_if(open_,
                [](const Open& open) { return open.after.size() >= static_cast<std::size_t>(kOperationSteps); });
  return verdicts;
}

std::string text_of(const OperationVerdict& verdict) {
  std::string text =
      fmt::format("{} steps after {}: loss {:.3f}", kOperationSteps, verdict.operation, verdict.loss);
  const auto held_against = [&](double other, double error, const char* what) {
    const double difference = verdict.loss - other;
    text += fmt::format(", {:+.3f} nats against {}, standard error {:.3f}: {}", difference, what, error,
                        std::abs(difference) <= 2 * error ? "no difference to tell"
                        : difference < 0                  ? "better"
                                                          : "worse");
  };
  const bool shadowed = !std::isnan(verdict.shadow);
  if (shadowed) {
    held_against(verdict.shadow, verdict.shadow_error, "an untouched copy");
    if (!std::isnan(verdict.val_loss))
      text += fmt::format(" ({:.3f} against {:.3f} held out)", verdict.val_loss, verdict.val_shadow);
  } else if (std::isnan(verdict.trend)) {
    text += fmt::format(" (fewer than {} steps before it: no trend to hold that against)", kTrendSteps);
  } else {
    held_against(verdict.trend, verdict.standard_error, "the trend before");
  }
  const auto course = [&](const char* digits, double before, double after, double shadow) {
    const std::string now = fmt::format(fmt::runtime(digits), after);
    const std::string both = std::isnan(before) ? now : fmt::format(fmt::runtime(digits), before) + " to " + now;
    return shadowed && !std::isnan(shadow) ? both + " (copy " + fmt::format(fmt::runtime(digits), shadow) + ")"
                                           : both;
  };
  text += "; max violation " +
          course("{:.2f}", verdict.violation_before, verdict.violation_after, verdict.violation_shadow);
  if (verdict.dead_before > 0 || verdict.dead_after > 0 || (shadowed && verdict.dead_shadow > 0))
    text += "; experts without a token " +
            course("{:.1f}", verdict.dead_before, verdict.dead_after, verdict.dead_shadow);
  if (!verdict.disturbed_by.empty()) text += fmt::format("; meanwhile: {}", verdict.disturbed_by);
  if (!verdict.no_shadow.empty() && verdict.no_shadow != verdict.disturbed_by)
    text += fmt::format("; no untouched copy: {}", verdict.no_shadow);
  return text;
}

}  // namespace switchyard
