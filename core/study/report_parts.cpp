#include "core/study/report_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

#include "core/base/csv_text.h"

namespace switchyard {
namespace {

// Characters, as a terminal counts them; names are printable and mostly one column each.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

}  // namespace

std::string in_columns(const std::vector<TableRow>& rows) {
  std::vector<std::size_t> widths;
  for (const TableRow& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], columns_of(row[i]));
    }
  std::string out;
  for (const TableRow& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths[i] - columns_of(row[i]), ' ');
      line += (i > 0 ? "  " : "") + (i == 0 ? row[i] + space : space + row[i]);
    }
    while (!line.empty() && line.back() == ' ') line.pop_back();
    out += line + '\n';
  }
  return out;
}

int decimals_for(double uncertainty) {
  if (!(uncertainty > 0) || !std::isfinite(uncertainty)) return 4;
  return std::clamp(1 - static_cast<int>(std::floor(std::log10(uncertainty))), 0, 8);
}

std::string with_spread(const Spread& spread, double factor, const char* unit) {
  if (spread.count == 0) return "";
  const double mean = factor * spread.mean, deviation = factor * spread.deviation;
  if (std::isnan(deviation)) return fmt::format("{:.4g}{}", mean, unit);
  const int decimals = decimals_for(deviation);
  return fmt::format("{:.{}f} ± {:.{}f}{}", mean, decimals, deviation, decimals, unit);
}

double mean_rate(const std::vector<std::optional<RunResult>>& runs) {
  double tokens = 0, seconds = 0;
  for (const auto& run : runs)
    if (run) tokens += static_cast<double>(run->tokens), seconds += run->wall_s;
  return seconds > 0 ? tokens / seconds : kMissing;
}

std::size_t count_diverged(const std::vector<std::optional<RunResult>>& runs) {
  return static_cast<std::size_t>(
      std::count_if(runs.begin(), runs.end(), [](const auto& run) { return run && !run->diverged.empty(); }));
}

std::size_t count_ended(const std::vector<std::optional<RunResult>>& runs) {
  return static_cast<std::size_t>(
      std::count_if(runs.begin(), runs.end(), [](const auto& run) { return run.has_value(); }));
}

std::string csv_number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : std::string(); }

void put_csv_row(std::string& out, const TableRow& fields) {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    put_csv(out, fields[i]);
  }
  out += '\n';
}

Json run_json(std::int64_t seed, const std::string& name, const RunResult& run) {
  Json json{{"seed", seed},     {"folder", "runs/" + name}, {"run", run.run},
            {"step", run.step}, {"val_loss", run.val_loss}, {"val_accuracy", run.val_accuracy},
            {"loss", run.loss}, {"tokens", run.tokens},     {"wall_s", run.wall_s}};
  if (!run.diverged.empty()) json.member("diverged") = run.diverged;
  return json;
}

Json spread_json(const Spread& spread) {
  return Json{{"count", static_cast<std::int64_t>(spread.count)}, {"mean", spread.mean}, {"sd", spread.deviation}};
}

}  // namespace switchyard
