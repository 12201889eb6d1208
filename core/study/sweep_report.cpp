#include "core/study/sweep_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/base/file_name.h"
#include "core/base/version.h"
#include "core/config/json.h"
#include "core/record/files/files.h"
#include "core/study/report_parts.h"
#include "core/study/study_report.h"

namespace switchyard {
namespace {

constexpr std::size_t kMostLeftOut = 10;  // told in the text; the JSON has all

std::string above_text(const SweepRow& row, const Spread& spread) {
  if (std::isnan(row.above)) return "";
  if (row.above == 0) return "0";
  return fmt::format("+{:.{}f}", row.above, decimals_for(spread.deviation));
}

std::string p_of_row(const SweepRow& row) {
  if (std::isnan(row.p) || row.beaten_by == row.arm) return "";
  return row.p < 1e-4 ? "< 0.0001" : fmt::format("{:.4f}", row.p);
}

std::string value_text(const StudyAxis& axis, const Config& config) {
  return shared_text(*find_knob(axis.key), config);
}

const StudyArm& arm_of(const SweepResults& results, const std::string& folder) {
  const auto& arms = results.plan().arms;
  const auto found =
      std::find_if(arms.begin(), arms.end(), [&](const StudyArm& arm) { return arm.folder == folder; });
  return found == arms.end() ? arms[0] : *found;  // read_rungs() has checked it
}

std::string table_text(const SweepResults& results) {
  const StudyPlan& plan = results.plan();
  TableRow head{""};
  for (const StudyAxis& axis : results.axes) head.push_back(axis.key);
  head.insert(head.end(), {"runs", "steps", "validation loss", "above", "right", "p", "standing"});
  std::vector<TableRow> rows{std::move(head)};
  for (std::size_t r = 0; r < results.ranking.size(); ++r) {
    const SweepRow& place = results.ranking[r];
    const ArmRuns& runs = results.results.runs[place.arm];
    const Spread loss = spread_of(results.results.losses(place.arm));
    TableRow& row = rows.emplace_back(TableRow{fmt::format("{}.", r + 1)});
    for (const StudyAxis& axis : results.axes) row.push_back(value_text(axis, plan.arms[place.arm].config));
    std::string losses = with_spread(loss, 1, "");
    if (const std::size_t diverged = count_diverged(runs); diverged > 0)
      losses += fmt::format("{}{} diverged", losses.empty() ? "" : ", ", diverged);
    row.insert(row.end(), {fmt::format("{} of {}", count_ended(runs), plan.seeds), fmt::format("{}", place.steps),
                           std::move(losses), above_text(place, loss),
                           with_spread(spread_of(results.results.accuracies(place.arm)), 100, " %"),
                           p_of_row(place), std::string(name_of(place.standing))});
  }
  return in_columns(rows);
}

std::string rungs_text(const SweepResults& results) {
  std::string text;
  for (const RungDecision& rung : results.rungs) {
    const auto on =
        std::count_if(rung.places.begin(), rung.places.end(), [](const RungPlace& p) { return p.goes_on; });
    const RungPlace& last = rung.places[static_cast<std::size_t>(std::max<std::ptrdiff_t>(on - 1, 0))];
    text += fmt::format("Halving: {} arms at {} steps, {} went on; the last of them {}{}\n", rung.places.size(),
                        rung.steps, on, arm_of(results, last.folder).name,
                        std::isnan(last.mean) ? "" : fmt::format(" with {:.4f}", last.mean));
  }
  return text;
}

std::string left_out_text(const std::vector<LeftOut>& left_out) {
  std::string text;
  for (std::size_t i = 0; i < std::min(left_out.size(), kMostLeftOut); ++i)
    text += fmt::format("Left out: {}: {}\n", left_out[i].name, left_out[i].why);
  if (left_out.size() > kMostLeftOut)
    text +=
        fmt::format("... and {} more, which study.json and sweep.json name.\n", left_out.size() - kMostLeftOut);
  return text;
}

Json axes_json(const SweepResults& results) {
  Json axes = Json::array();
  for (const StudyAxis& axis : results.axes) {
    Json values = Json::array();
    const Knob& knob = *find_knob(axis.key);
    for (const std::string& value : axis.values)
      values.push_back(knob.type == KnobType::text ? Json(name_of_file(value)) : Json(value));
    axes.push_back(Json{{"key", axis.key}, {"values", std::move(values)}, {"log", is_log(axis)}});
  }
  return axes;
}

Json row_json(const SweepResults& results, const SweepRow& row) {
  const StudyPlan& plan = results.plan();
  const StudyArm& arm = plan.arms[row.arm];
  Json at, runs = Json::array();
  for (const StudyAxis& axis : results.axes) at.member(axis.key) = value_text(axis, arm.config);
  const ArmRuns& of_arm = results.results.runs[row.arm];
  for (std::size_t i = 0; i < of_arm.size(); ++i) {
    const std::int64_t seed = plan.first_seed + static_cast<std::int64_t>(i);
    if (of_arm[i]) runs.push_back(run_json(seed, run_name(arm, seed), *of_arm[i]));
  }
  return Json{{"name", arm.name},
              {"at", std::move(at)},
              {"steps", row.steps},
              {"standing", std::string(name_of(row.standing))},
              {"val_loss", spread_json(spread_of(results.results.losses(row.arm)))},
              {"above_lowest", row.above},
              {"val_accuracy", spread_json(spread_of(results.results.accuracies(row.arm)))},
              {"p", row.p},
              {"better_one", row.beaten_by == row.arm ? Json() : Json(plan.arms[row.beaten_by].name)},
              {"tokens_per_s", mean_rate(of_arm)},
              {"runs", std::move(runs)},
              {"config", to_shared_json(arm.config)}};
}

Json rung_json(const SweepResults& results, const RungDecision& rung) {
  Json arms = Json::array();
  for (const RungPlace& place : rung.places)
    arms.push_back(Json{{"name", arm_of(results, place.folder).name},
                        {"mean", place.mean},
                        {"by_seed", place.by_seed},
                        {"went_on", place.goes_on}});
  return Json{{"steps", rung.steps}, {"arms", std::move(arms)}};
}

}  // namespace

std::string_view name_of(SweepStanding standing) {
  switch (standing) {
    case SweepStanding::lowest:
      return "lowest mean";
    case SweepStanding::may_be_best:
      return "may be the best";
    case SweepStanding::not_best:
      return "not the best";
    case SweepStanding::too_few_seeds:
      return "too few seeds";
    case SweepStanding::no_number:
      return "not judged";
    case SweepStanding::left_behind:
      break;
  }
  return "left by halving";
}

std::string sweep_text(const SweepResults& results) {
  const StudyPlan& plan = results.plan();
  std::string text = table_text(results);
  text += fmt::format(
      "Nats a {}, mean ± standard deviation over seeds; above: the lowest mean. p, one-sided: that no other arm "
      "is "
      "better.\n",
      plan.arms[0].config.task == TaskKind::language ? "token" : "point");
  const std::string more = rungs_text(results) + left_out_text(plan.sweep.left_out);
  if (!more.empty()) text += '\n' + more;
  return text + '\n' + results.words + '\n';
}

Json sweep_json(const SweepResults& results) {
  const StudyPlan& plan = results.plan();
  Json ranking = Json::array(), rungs = Json::array(), left_out = Json::array();
  for (const SweepRow& row : results.ranking) ranking.push_back(row_json(results, row));
  for (const RungDecision& rung : results.rungs) rungs.push_back(rung_json(results, rung));
  for (const LeftOut& out : plan.sweep.left_out) left_out.push_back(Json{{"name", out.name}, {"why", out.why}});
  return Json{{"switchyard", version()},
              {"steps", plan.steps},
              {"seeds", plan.seeds},
              {"first_seed", plan.first_seed},
              {"unit", std::string(unit_of_loss(plan))},
              {"axes", axes_json(results)},
              {"ranking", std::move(ranking)},
              {"halving", std::move(rungs)},
              {"left_out", std::move(left_out)},
              {"words", results.words}};
}

std::string sweep_arms_csv(const SweepResults& results) {
  TableRow head{"rank", "arm"};
  for (const StudyAxis& axis : results.axes) head.push_back(axis.key);
  head.insert(head.end(), {"runs", "diverged", "steps", "val_loss_mean", "val_loss_sd", "val_accuracy_mean",
                           "val_accuracy_sd", "tokens_per_s", "above_lowest", "p", "better_one", "standing"});
  std::string out;
  put_csv_row(out, head);
  for (std::size_t r = 0; r < results.ranking.size(); ++r) {
    const SweepRow& place = results.ranking[r];
    const StudyArm& arm = results.plan().arms[place.arm];
    const ArmRuns& runs = results.results.runs[place.arm];
    const Spread loss = spread_of(results.results.losses(place.arm)),
                 right = spread_of(results.results.accuracies(place.arm));
    TableRow row{fmt::format("{}", r + 1), arm.name};
    for (const StudyAxis& axis : results.axes) row.push_back(value_text(axis, arm.config));
    row.insert(
        row.end(),
        {fmt::format("{}", count_ended(runs)), fmt::format("{}", count_diverged(runs)),
         fmt::format("{}", place.steps), csv_number(loss.mean), csv_number(loss.deviation), csv_number(right.mean),
         csv_number(right.deviation), csv_number(mean_rate(runs)), csv_number(place.above), csv_number(place.p),
         place.beaten_by == place.arm ? std::string() : results.plan().arms[place.beaten_by].name,
         std::string(name_of(place.standing))});
    put_csv_row(out, row);
  }
  return out;
}

std::string sweep_curves_csv(const SweepResults& results, const std::vector<ArmCurve>& curves) {
  std::string out;
  put_csv_row(out, {"arm", "step", "val_loss_mean", "val_loss_least", "val_loss_largest"});
  for (std::size_t a = 0; a < curves.size(); ++a)
    for (std::size_t i = 0; i < curves[a].step.size(); ++i)
      put_csv_row(out, {results.plan().arms[a].name, fmt::format("{:.0f}", curves[a].step[i]),
                        csv_number(static_cast<double>(curves[a].mean[i])),
                        csv_number(static_cast<double>(curves[a].low[i])),
                        csv_number(static_cast<double>(curves[a].high[i]))});
  return out;
}

Result<void> write_sweep_report(const std::filesystem::path& study, const SweepResults& results,
                                const std::vector<ArmCurve>& curves) {
  const std::pair<const char*, std::string> files[] = {{"sweep.txt", sweep_text(results)},
                                                       {kSweepFile, dump_json(sweep_json(results), 2) + '\n'},
                                                       {"arms.csv", sweep_arms_csv(results)},
                                                       {"runs.csv", runs_csv(results.results)},
                                                       {"curves.csv", sweep_curves_csv(results, curves)}};
  for (const auto& [name, text] : files)
    if (auto written = replace_file(study / name, text); !written) return written;
  return {};
}

}  // namespace switchyard
