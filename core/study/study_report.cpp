#include "core/study/study_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/version.h"
#include "core/config/json.h"
#include "core/record/files/files.h"
#include "core/study/report_parts.h"

namespace switchyard {
namespace {

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
  std::vector<TableRow> rows{{"What differs"}};
  for (const StudyArm& arm : plan.arms) rows[0].push_back(arm.name);
  for (const Knob* knob : knobs) {
    TableRow& row = rows.emplace_back(TableRow{std::string(knob->key)});
    for (const StudyArm& arm : plan.arms) row.push_back(shared_text(*knob, arm.config));
  }
  return in_columns(rows);
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
  std::vector<TableRow> rows{{"", "runs", "validation loss", "right", "difference", "p", "verdict"}};
  for (std::size_t a = 0; a < plan.arms.size(); ++a) {
    TableRow& row = rows.emplace_back();
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
              {"unit", std::string(unit_of_loss(plan))},
              {"differs", std::move(differs)},
              {"arms", std::move(arms)},
              {"words", results.words}};
}

std::string arms_csv(const StudyResults& results) {
  const auto knobs = differing_knobs(results.plan);
  TableRow header{"arm",
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
  put_csv_row(out, header);
  for (std::size_t a = 0; a < results.plan.arms.size(); ++a) {
    const StudyArm& arm = results.plan.arms[a];
    const Spread loss = spread_of(results.losses(a)), right = spread_of(results.accuracies(a));
    TableRow row{arm.name,
                 fmt::format("{}", count_ended(results.runs[a])),
                 fmt::format("{}", count_diverged(results.runs[a])),
                 csv_number(loss.mean),
                 csv_number(loss.deviation),
                 csv_number(right.mean),
                 csv_number(right.deviation),
                 csv_number(mean_rate(results.runs[a]))};
    if (a == 0) {
      row.insert(row.end(), {"", "", "", "", "", ""});
    } else {
      const Verdict& v = results.verdicts[a - 1];
      const Json json = verdict_json(v, "");
      for (const char* key : {"difference", "half_width", "p"})
        row.push_back(csv_number(json[key].number().value_or(kMissing)));
      row.insert(row.end(), {v.is_paired ? "paired t" : "Welch's t", std::string(name_of(v.finding)),
                             v.is_provisional ? "true" : "false"});
    }
    for (const Knob* knob : knobs) row.push_back(shared_text(*knob, arm.config));
    put_csv_row(out, row);
  }
  return out;
}

std::string runs_csv(const StudyResults& results) {
  std::string out;
  put_csv_row(out,
              {"arm", "seed", "run", "step", "val_loss", "val_accuracy", "loss", "tokens", "wall_s", "diverged"});
  const StudyPlan& plan = results.plan;
  for (std::size_t a = 0; a < plan.arms.size(); ++a)
    for (std::size_t i = 0; i < results.runs[a].size(); ++i) {
      if (!results.runs[a][i]) continue;
      const RunResult& run = *results.runs[a][i];
      put_csv_row(out,
                  {plan.arms[a].name, fmt::format("{}", plan.first_seed + static_cast<std::int64_t>(i)), run.run,
                   fmt::format("{}", run.step), csv_number(run.val_loss), csv_number(run.val_accuracy),
                   csv_number(run.loss), fmt::format("{}", run.tokens), csv_number(run.wall_s), run.diverged});
    }
  return out;
}

std::string curves_csv(const StudyResults& results, const std::vector<ArmCurve>& curves) {
  std::string out;
  put_csv_row(out, {"arm", "step", "val_loss_mean", "val_loss_least", "val_loss_largest", "difference",
                    "difference_low", "difference_high"});
  for (std::size_t a = 0; a < curves.size(); ++a) {
    const ArmCurve& curve = curves[a];
    for (std::size_t i = 0; i < curve.step.size(); ++i) {
      const auto of = [&](const std::vector<float>& values) {
        return i < values.size() ? csv_number(static_cast<double>(values[i])) : std::string();
      };
      put_csv_row(out,
                  {results.plan.arms[a].name, fmt::format("{:.0f}", curve.step[i]), of(curve.mean), of(curve.low),
                   of(curve.high), of(curve.difference), of(curve.difference_low), of(curve.difference_high)});
    }
  }
  return out;
}

Result<void> write_report(const std::filesystem::path& study, const StudyResults& results,
                          const std::vector<ArmCurve>& curves) {
  const std::pair<const char*, std::string> files[] = {
      {"comparison.txt", report_text(results)},
      {kComparisonFile, dump_json(report_json(results), 2) + '\n'},
      {"arms.csv", arms_csv(results)},
      {"runs.csv", runs_csv(results)},
      {"curves.csv", curves_csv(results, curves)}};
  for (const auto& [name, text] : files)
    if (auto written = replace_file(study / name, text); !written) return written;
  return {};
}

}  // namespace switchyard
