#include "app/cli/causes/ablation_report.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/causes/cause_parts.h"
#include "core/base/printable.h"
#include "core/config/expert_names.h"

namespace switchyard::app {
namespace {

std::string who(const Ablated& row) {
  if (row.experts.empty()) return "layer";
  std::string text;
  for (const std::int32_t expert : row.experts) text += (text.empty() ? "" : "+") + expert_text(expert, 1);
  return text;
}

// As knobs and operations name them (muted = 1.3).
std::string names(const Ablated& row) {
  std::vector<ExpertName> of;
  for (const std::int32_t expert : row.experts) of.push_back({row.block, expert});
  return of.empty() ? std::string("-") : text_of(of);
}

std::string mode_text(const Ablated& row) {
  return row.mode == AblationMode::stand_in ? fmt::format("by {}", expert_text(row.stand_in, 1))
                                            : std::string(name_of(row.mode));
}

std::string label_text(const TokenGroup& group) {
  switch (group.kind) {
    case GroupKind::all:
      return "all tokens";
    case GroupKind::character:
      return fmt::format("character '{}'", printable(group.name));
    case GroupKind::domain:
    case GroupKind::point_class:
      break;
  }
  return fmt::format("{} {}", name_of(group.kind), printable(group.name));
}

std::string labels_in_words(const AblationReport& report) {
  std::string text;
  for (const Ablated& row : report.rows)
    for (std::size_t g = 0; g < row.effects.size(); ++g) {
      const GroupEffect& effect = row.effects[g];
      if (!effect.labelled) continue;
      text += fmt::format(
          "  layer {} {} ({}, {}) serves {}: {} nats without it, {} and {} in the halves; control {}\n", row.layer,
          who(row), names(row), mode_text(row), label_text(report.groups.groups[g]),
          signed_figure(effect.effect.all), signed_figure(effect.effect.half[0]),
          signed_figure(effect.effect.half[1]), signed_figure(effect.control.all));
    }
  if (report.draws < kLeastDraws)
    return fmt::format("labels: not tested, which takes at least {} draws\n", kLeastDraws);
  std::string without;
  for (const Ablated& row : report.rows)
    if (!row.experts.empty() && row.contributions > 0 && !row.has_control())
      without += fmt::format("{}layer {} {} ({}, {}; {} of {})", without.empty() ? "" : ", ", row.layer, who(row),
                             names(row), mode_text(row), row.drawn, row.contributions);
  if (!without.empty())
    without = "no full control, so no label; the others have too few choices: " + without + '\n';
  return without + (text.empty()
                        ? fmt::format("labels: none of {} replicates in both halves\n", report.compared)
                        : fmt::format("labels, what of {} replicates in both halves:\n", report.compared) + text);
}

Json row_json(const Ablated& row) {
  Json json;
  json.member("layer") = row.layer;
  json.member("block") = row.block;
  json.member("experts") = row.experts.empty() ? Json() : Json(row.experts);
  json.member("mode") = name_of(row.mode);
  if (row.mode == AblationMode::stand_in) json.member("stand_in") = row.stand_in;
  json.member("choices") = row.contributions;
  json.member("drawn") = row.drawn;
  json.member("effects") = Json::array();
  for (const GroupEffect& effect : row.effects) {
    Json one;
    one.member("effect") = mean_json(effect.effect);
    one.member("control") = mean_json(effect.control);
    one.member("highest_control") = mean_json(effect.highest);
    one.member("control_spread") = mean_json(effect.spread);
    one.member("own_choices") = std::vector<std::int64_t>(effect.own.begin(), effect.own.end());
    one.member("tested") = effect.tested;
    one.member("label") = effect.labelled;
    json.member("effects").push_back(std::move(one));
  }
  return json;
}

}  // namespace

std::string ablation_text(const AblationReport& report) {
  std::vector<std::size_t> shown;
  std::vector<std::vector<std::string>> table{{"layer", "out", "name", "mode", "choices", "effect", "control"}};
  for (std::size_t g = 0; g < report.groups.groups.size(); ++g) {
    const TokenGroup& group = report.groups.groups[g];
    if (group.kind != GroupKind::domain && group.kind != GroupKind::point_class) continue;
    shown.push_back(g);
    table.front().push_back(group.name);
  }
  const auto marked = [](const GroupEffect& effect) {
    return signed_figure(effect.effect.all) + (effect.labelled ? "*" : " ");
  };
  for (const Ablated& row : report.rows) {
    std::vector<std::string> cells{fmt::format("{}", row.layer),
                                   who(row),
                                   names(row),
                                   mode_text(row),
                                   fmt::format("{}", row.contributions),
                                   row.effects.empty() ? "-" : marked(row.effects.front()),
                                   row.effects.empty() ? "-" : signed_figure(row.effects.front().control.all)};
    for (const std::size_t g : shown) cells.push_back(marked(row.effects[g]));
    table.push_back(std::move(cells));
  }
  return fmt::format(
             "{} tokens, loss {} nats, {} right. Effect: loss without it less the loss, nats; control: the same "
             "with as many\n"
             "choices of the layer's other experts, mean of {} draws.\n\n",
             report.tokens, figure(report.loss), share_text(report.accuracy), report.draws) +
         aligned(table, 4) + '\n' + labels_in_words(report);
}

std::string ablation_json(const AblationReport& report) {
  Json json;
  json.member("tokens") = report.tokens;
  json.member("loss") = json_or_null(report.loss);
  json.member("accuracy") = json_or_null(report.accuracy);
  json.member("draws") = report.draws;
  json.member("compared") = report.compared;
  json.member("groups") = Json::array();
  for (const TokenGroup& group : report.groups.groups) json.member("groups").push_back(group_json(group));
  json.member("ablations") = Json::array();
  for (const Ablated& row : report.rows) json.member("ablations").push_back(row_json(row));
  return dump_json(json, 2) + '\n';
}

}  // namespace switchyard::app
