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

std::string with_sign(double value) { return fmt::format("{:+.3f}", value); }

}  // namespace

void OperationWatch::begin(std::string operation, std::int64_t step) {
  Open open;
  open.before.assign(last_.begin(), last_.end());
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
  for (Open& open : open_)
    if (open.verdict.disturbed_by.empty()) open.verdict.disturbed_by = fmt::format("{} after step {}", what, step);
  last_.clear();
}

std::vector<OperationVerdict> OperationWatch::take(const StepRecord& record) {
  Seen seen{record.step, record.loss, 0, 0};
  for (const LayerRecord& layer : record.layers) {
    seen.violation += static_cast<double>(layer.max_violation) / static_cast<double>(record.layers.size());
    seen.dead += static_cast<double>(std::count(layer.counts.begin(), layer.counts.end(), 0.0F));
  }
  last_.push_back(seen);
  if (last_.size() > static_cast<std::size_t>(kOperationSteps)) last_.pop_front();
  std::vector<OperationVerdict> verdicts;
  for (Open& open : open_) {
    open.after.push_back(seen);
    if (open.after.size() < static_cast<std::size_t>(kOperationSteps)) continue;
    OperationVerdict& verdict = open.verdict;
    const std::vector<Seen> late(open.after.begin() + kOperationSteps / 2, open.after.end());
    verdict.loss = mean_of(late, [](const Seen& s) { return s.loss; });
    verdict.violation_after = mean_of(late, [](const Seen& s) { return s.violation; });
    verdict.dead_after = mean_of(late, [](const Seen& s) { return s.dead; });
    verdict.violation_before = mean_of(open.before, [](const Seen& s) { return s.violation; });
    verdict.dead_before = mean_of(open.before, [](const Seen& s) { return s.dead; });
    if (open.before.size() >= kTrendSteps) {
      std::vector<double> x, y;
      for (const Seen& s : open.before) x.push_back(std::log(static_cast<double>(s.step))), y.push_back(s.loss);
      const Line line = line_through(x, y);
      const double mean_x = mean_of(late, [](const Seen& s) { return std::log(static_cast<double>(s.step)); });
      verdict.trend = line.at(mean_x);
      const double share = line.effective / static_cast<double>(open.before.size());
      const double from_line =
          1 / line.effective +
          (line.spread_x > 0 ? std::pow(mean_x - line.mean_x, 2) / (line.spread_x * share) : 0);
      verdict.standard_error =
          std::sqrt(line.variance * (from_line + 1 / (share * static_cast<double>(late.size()))));
    }
    verdicts.push_back(std::move(verdict));
  }
  std::erase_if(open_,
                [](const Open& open) { return open.after.size() >= static_cast<std::size_t>(kOperationSteps); });
  return verdicts;
}

std::string text_of(const OperationVerdict& verdict) {
  std::string text =
      fmt::format("{} steps after {}: loss {:.3f}", kOperationSteps, verdict.operation, verdict.loss);
  if (std::isnan(verdict.trend)) {
    text += fmt::format(" (fewer than {} steps before it: no trend to hold that against)", kTrendSteps);
  } else {
    const double difference = verdict.loss - verdict.trend;
    text += fmt::format(", {} nats against the trend before, standard error {:.3f}: {}", with_sign(difference),
                        verdict.standard_error,
                        std::abs(difference) <= 2 * verdict.standard_error ? "no difference to tell"
                        : difference < 0                                   ? "better"
                                                                           : "worse");
  }
  const auto course = [](const char* digits, double before, double after) {
    const std::string now = fmt::format(fmt::runtime(digits), after);
    return std::isnan(before) ? now : fmt::format(fmt::runtime(digits), before) + " to " + now;
  };
  text += "; max violation " + course("{:.2f}", verdict.violation_before, verdict.violation_after);
  if (verdict.dead_before > 0 || verdict.dead_after > 0)
    text += "; experts without a token " + course("{:.1f}", verdict.dead_before, verdict.dead_after);
  if (!verdict.disturbed_by.empty()) text += fmt::format("; meanwhile: {}", verdict.disturbed_by);
  return text;
}

}  // namespace switchyard
