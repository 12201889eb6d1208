#include "core/study/study_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/csv_text.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/record/files/files.h"

namespace switchyard {
namespace {

using Row = std::vector<std::string>;

// Characters, as a terminal counts them; names are printable and mostly one column each.
std::size_t columns_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

// The first column to the left, the others to the right.
std::string in_columns(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths;
  for (const Row& row : rows)
    for (std::size_t i = 0; i < row.size(); ++i) {
      if (widths.size() <= i) widths.push_back(0);
      widths[i] = std::max(widths[i], columns_of(row[i]));
    }
  std::string out;
  for (const Row& row : rows) {
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

std::string difference_text(const Verdict& v) {
  if (v.finding == Finding::identical_bits) return "0";
  if (v.finding == Finding::too_few_seeds || v.finding == Finding::diverged) return "";
  const int decimals = decimals_for(v.half_width);
  return fmt::format("{:+.{}f} ± {:.{}f}", v.difference, decimals, v.half_width, decimals);
}

std::string p_text(const Verdict& v) {
  if (v.finding != Finding::better && v.finding != Finding::worse && v.finding != Finding::undecided) return "";
  return v.p < 1e-4 ? "< 0.0001" : fmt::format("{:.4f}", v.p);
}

std::string finding_text(const Verdict& v) {
  std::string text(name_of(v.finding));
  if (v.is_provisional && v.finding != Finding::too_few_seeds && v.finding != Finding::diverged)
    text += ", provisional";
  return text;
}

std::string knobs_text(const StudyPlan& plan) {
  const auto knobs = differing_knobs(plan);
  if (knobs.empty()) return plan.arms.size() > 1 ? "The arms have the same settings.\n" : "";
  std::vector<Row> rows{{"What differs"}};
  for (const StudyArm& arm : plan.arms) rows[0].push_back(arm.name);
  for (const Knob* knob : knobs) {
    Row& row = rows.emplace_back(Row{std::string(knob->key)});
    for (const StudyArm& arm : plan.arms) row.push_back(shared_text(*knob, arm.config));
  }
  return in_columns(rows);
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

std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : std::string(); }

void put_row(std::string& out, const Row& fields) {
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

Json verdict_json(const Verdict& v, const std::string& first) {
  Json json{{"against", first},
            {"finding", std::string(name_of(v.finding))},
            {"seeds", static_cast<std::int64_t>(v.seeds)},
            {"diverged", static_cast<std::int64_t>(v.diverged)},
            {"provisional", v.is_provisional},
            {"test", v.is_paired ? "paired t" : "Welch's t"}};
  const bool is_judged =
      v.finding == Finding::better || v.finding == Finding::worse || v.finding == Finding::undecided;
  json.member("difference") = is_judged ? v.difference : v.finding == Finding::identical_bits ? 0.0 : kMissing;
  json.member("half_width") = is_judged ? v.half_width : kMissing;
  json.member("p") = is_judged ? v.p : kMissing;
  return json;
}

}  // namespace

std::string_view name_of(Finding finding) {
  switch (finding) {
    case Finding::too_few_seeds:
      return "too few seeds";
    case Finding::diverged:
      return "diverged";
    case Finding::identical_bits:
      return "identical bits";
    case Finding::undecided:
      return "cannot be told apart";
    case Finding::better:
      return "better";
    case Finding::worse:
      break;
  }
  return "worse";
}

std::string report_text(const StudyResults& results) {
  const StudyPlan& plan = results.plan;
  std::vector<Row> rows{{"", "runs", "validation loss", "right", "difference", "p", "verdict"}};
  for (std::size_t a = 0; a < plan.arms.size(); ++a) {
    Row& row = rows.emplace_back();
    row.push_back(plan.arms[a].name);
    row.push_back(fmt::format("{} of {}", count_ended(results.runs[a]), plan.seeds));
    row.push_back(with_spread(spread_of(results.losses(a)), 1, ""));
    row.push_back(with_spread(spread_of(results.accuracies(a)), 100, " %"));
    if (const std::size_t diverged = count_diverged(results.runs[a]); diverged > 0)
      row[2] += fmt::format("{}{} diverged", row[2].empty() ? "" : ", ", diverged);
    if (a == 0) {
      row.insert(row.end(), {"", "", plan.arms.size() > 1 ? "the first" : ""});
      continue;
    }
    const Verdict& v = results.verdicts[a - 1];
    row.insert(row.end(), {difference_text(v), p_text(v), finding_text(v)});
  }
  std::string text = in_columns(rows);
  text += fmt::format(
      "Nats a {} at {} steps, mean ± standard deviation over seeds; differences ± half of their "
      "95 % interval.\n",
      plan.arms[0].config.task == TaskKind::language ? "token" : "point", plan.steps);
  if (const std::string knobs = knobs_text(plan); !knobs.empty()) text += '\n' + knobs;
  if (!results.words.empty()) text += '\n' + results.words + '\n';
  return text;
}

Json report_json(const StudyResults& results) {
  const StudyPlan& plan = results.plan;
  Json arms = Json::array();
  for (std::size_t a = 0; a < plan.arms.size(); ++a) {
    const StudyArm& arm = plan.arms[a];
    Json runs = Json::array();
    for (std::size_t i = 0; i < results.runs[a].size(); ++i) {
      const std::int64_t seed = plan.first_seed + static_cast<std::int64_t>(i);
      if (results.runs[a][i]) runs.push_back(run_json(seed, run_name(arm, seed), *results.runs[a][i]));
    }
    arms.push_back(Json{{"name", arm.name},
                        {"val_loss", spread_json(spread_of(results.losses(a)))},
                        {"val_accuracy", spread_json(spread_of(results.accuracies(a)))},
                        {"tokens_per_s", mean_rate(results.runs[a])},
                        {"runs", std::move(runs)},
                        {"verdict", a > 0 ? verdict_json(results.verdicts[a - 1], plan.arms[0].name) : Json()},
                        {"config", to_shared_json(arm.config)}});
  }
  Json differs = Json::array();
  for (const Knob* knob : differing_knobs(plan)) differs.push_back(std::string(knob->key));
  Json seeds = Json::array();
  for (const std::int64_t seed : results.judged_seeds) seeds.push_back(seed);
  return Json{{"switchyard", version()},
              {"steps", plan.steps},
              {"seeds", plan.seeds},
              {"first_seed", plan.first_seed},
              {"judged_seeds", std::move(seeds)},
              {"unit", plan.arms[0].config.task == TaskKind::language ? "nats a token" : "nats a point"},
              {"differs", std::move(differs)},
              {"arms", std::move(arms)},
              {"words", results.words}};
}

std::string arms_csv(const StudyResults& results) {
  const auto knobs = differing_knobs(results.plan);
  Row header{"arm",
             "runs",
             "diverged",
             "val_loss_mean",
             "val_loss_sd",
             "val_accuracy_mean",
             "val_accuracy_sd",
             "tokens_per_s",
             "difference",
             "half_width",
             "p",
             "test",
             "finding",
             "provisional"};
  for (const Knob* knob : knobs) header.emplace_back(knob->key);
  std::string out;
  put_row(out, header);
  for (std::size_t a = 0; a < results.plan.arms.size(); ++a) {
    const StudyArm& arm = results.plan.arms[a];
    const Spread loss = spread_of(results.losses(a)), right = spread_of(results.accuracies(a));
    Row row{arm.name,
            fmt::format("{}", count_ended(results.runs[a])),
            fmt::format("{}", count_diverged(results.runs[a])),
            number(loss.mean),
            number(loss.deviation),
            number(right.mean),
            number(right.deviation),
            number(mean_rate(results.runs[a]))};
    if (a == 0) {
      row.insert(row.end(), {"", "", "", "", "", ""});
    } else {
      const Verdict& v = results.verdicts[a - 1];
      const Json json = verdict_json(v, "");
      for (const char* key : {"difference", "half_width", "p"})
        row.push_back(number(json[key].number().value_or(kMissing)));
      row.insert(row.end(), {v.is_paired ? "paired t" : "Welch's t", std::string(name_of(v.finding)),
                             v.is_provisional ? "true" : "false"});
    }
    for (const Knob* knob : knobs) row.push_back(shared_text(*knob, arm.config));
    put_row(out, row);
  }
  return out;
}

std::string runs_csv(const StudyResults& results) {
  std::string out;
  put_row(out, {"arm", "seed", "run", "step", "val_loss", "val_accuracy", "loss", "tokens", "wall_s", "diverged"});
  const StudyPlan& plan = results.plan;
  for (std::size_t a = 0; a < plan.arms.size(); ++a)
    for (std::size_t i = 0; i < results.runs[a].size(); ++i) {
      if (!results.runs[a][i]) continue;
      const RunResult& run = *results.runs[a][i];
      put_row(out, {plan.arms[a].name, fmt::format("{}", plan.first_seed + static_cast<std::int64_t>(i)), run.run,
                    fmt::format("{}", run.step), number(run.val_loss), number(run.val_accuracy), number(run.loss),
                    fmt::format("{}", run.tokens), number(run.wall_s), run.diverged});
    }
  return out;
}

std::string curves_csv(const StudyResults& results, const std::vector<ArmCurve>& curves) {
  std::string out;
  put_row(out, {"arm", "step", "val_loss_mean", "val_loss_least", "val_loss_largest", "difference",
                "difference_low", "difference_high"});
  for (std::size_t a = 0; a < curves.size(); ++a) {
    const ArmCurve& curve = curves[a];
    for (std::size_t i = 0; i < curve.step.size(); ++i) {
      const auto of = [&](const std::vector<float>& values) {
        return i < values.size() ? number(static_cast<double>(values[i])) : std::string();
      };
      put_row(out, {results.plan.arms[a].name, fmt::format("{:.0f}", curve.step[i]), of(curve.mean), of(curve.low),
                    of(curve.high), of(curve.difference), of(curve.difference_low), of(curve.difference_high)});
    }
  }
  return out;
}

Result<void> write_report(const std::filesystem::path& study, const StudyResults& results,
                          const std::vector<ArmCurve>& curves) {
  const std::pair<const char*, std::string> files[] = {
      {"comparison.txt", report_text(results)},
      {"comparison.json", dump_json(report_json(results), 2) + '\n'},
      {"arms.csv", arms_csv(results)},
      {"runs.csv", runs_csv(results)},
      {"curves.csv", curves_csv(results, curves)}};
  for (const auto& [name, text] : files)
    if (auto written = replace_file(study / name, text); !written) return written;
  return {};
}

}  // namespace switchyard
