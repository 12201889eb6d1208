#include "app/panels/knobs/knob_panel.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>
#include <vector>

#include "app/panels/knobs/knob_choice.h"
#include "app/panels/knobs/knob_names.h"
#include "app/panels/knobs/knob_row.h"
#include "app/run/reference.h"
#include "app/ui/widgets.h"
#include "core/config/cost.h"
#include "core/config/gates.h"
#include "core/train/interface/slow_precision.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr float kLowPanel = 300;  // at scale 1

constexpr KnobGroup kGroups[] = {KnobGroup::routing, KnobGroup::balance, KnobGroup::training,
                                 KnobGroup::model,   KnobGroup::data,    KnobGroup::run};

bool opens_by_itself(KnobGroup group) { return group != KnobGroup::data && group != KnobGroup::run; }

std::string in_capitals(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return out;
}

// True while the group is open.
bool group_header(const Skin& skin, KnobGroup group, const std::vector<ConfigProblem>& problems, UiState& ui) {
  const viz::Theme& t = skin.theme;
  const std::string name(name_of(group));
  bool& open = ui.open_groups.try_emplace(name, opens_by_itself(group)).first->second;
  const float width = ImGui::GetContentRegionAvail().x, height = skin.px(26);
  if (press_area(name, {width, height}).pressed) open = !open;
  register_item(name, open ? "open" : "closed");
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const viz::Colour ink = ImGui::IsItemHovered() ? t.text : t.text_dim;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const std::string title = in_capitals(name);
  const ImVec2 size = text_size(t.fonts.small, title);
  draw_text(list, t.fonts.small, {min.x, (min.y + max.y - size.y) / 2 + skin.px(1)}, ink, title);
  // A problem inside a closed group must not hide.
  const bool troubled = !open && std::any_of(problems.begin(), problems.end(), [&](const ConfigProblem& p) {
    const Knob* knob = find_knob(p.key);
    return knob && knob->group == group;
  });
  if (troubled) list->AddCircleFilled({min.x + size.x + skin.px(9), (min.y + max.y) / 2}, skin.px(3), t.bad, 12);
  draw_icon(list, open ? Icon::chevron_down : Icon::chevron_right, {max.x - skin.px(5), (min.y + max.y) / 2},
            skin.px(8), viz::faded(ink, 0.8f));
  return open;
}

// The fold under a group for knobs that do nothing with the others as they are. True while it is open.
bool idle_header(const Skin& skin, KnobGroup group, std::size_t count, UiState& ui) {
  const viz::Theme& t = skin.theme;
  const std::string name = std::string(name_of(group)) + "/idle";
  bool& open = ui.open_groups.try_emplace(name, false).first->second;
  const std::string title = fmt::format("{} not in use", count);
  if (press_area(name, {ImGui::GetContentRegionAvail().x, skin.px(20)}).pressed) open = !open;
  register_item(name, open ? "open" : "closed");
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const viz::Colour ink = ImGui::IsItemHovered() ? t.text_dim : viz::faded(t.text_dim, 0.65f);
  const float middle = (min.y + max.y) / 2;
  draw_text(ImGui::GetWindowDrawList(), t.fonts.small, {min.x, middle - text_size(t.fonts.small, title).y / 2}, ink, title);
  draw_icon(ImGui::GetWindowDrawList(), open ? Icon::chevron_down : Icon::chevron_right, {max.x - skin.px(5), middle},
            skin.px(7), ink);
  return open;
}

std::string count_text(double count) {
  if (count >= 1e9) return fmt::format("{:.2f} G", count / 1e9);
  if (count >= 1e6) return fmt::format("{:.1f} M", count / 1e6);
  return count >= 1e4 ? fmt::format("{:.0f} k", count / 1e3) : fmt::format("{:.0f}", count);
}

std::string flops_text(double flops) {
  return flops >= 1e5 ? fmt::format("{:.2f} MFLOP", flops / 1e6) : fmt::format("{:.2f} kFLOP", flops / 1e3);
}

// Parameters, arithmetic and memory of the draft, and the dense model that does as much for a token.
std::string weight_text(Config draft, const RunStatus& status) {
  const bool points = draft.task == TaskKind::clusters;
  // Points of a file are as they are, whatever the knobs of drawn ones say.
  if (learns_from_file(draft) && status.dims > 0) draft.cluster_dims = status.dims;
  // Of a drafted number of drawn classes the running model knows nothing.
  const std::int64_t vocabulary = points && !learns_from_file(draft) ? draft.cluster_classes : status.vocabulary;
  const ModelCost cost = model_cost(draft, vocabulary);
  std::string text = fmt::format("{} parameters · {} active\n{} a {} · {:.{}f} MB to train",
                                 count_text(static_cast<double>(cost.parameters)),
                                 count_text(static_cast<double>(cost.active_parameters)), flops_text(cost.forward_flops_per_token),
                                 points ? "point" : "token", cost.training_bytes / 1e6, cost.training_bytes < 1e7 ? 1 : 0);
  if (draft.ffn != Ffn::moe) return text;
  const Config dense = dense_equal(draft, vocabulary);
  return text + fmt::format("\nas dense: d_ff {}, {} parameters", dense.d_ff,
                            count_text(static_cast<double>(model_cost(dense, vocabulary).parameters)));
}

bool is_sane(const std::vector<ConfigProblem>& problems) {
  // Figures of a draft whose rules between knobs are broken still mean something; those out of range may not.
  return std::none_of(problems.begin(), problems.end(), [](const ConfigProblem& p) { return p.out_of_range; });
}

KnobRemarks remarks_on(const Knob& knob, const Config& draft, const std::vector<ConfigProblem>& problems) {
  const auto problem =
      std::find_if(problems.begin(), problems.end(), [&](const ConfigProblem& p) { return p.key == knob.key; });
  return {problem == problems.end() ? std::string() : problem->message, why_idle(knob.key, draft)};
}

void draw_list(const PanelInput& in, const std::vector<const Knob*>& shown,
               const std::vector<ConfigProblem>& problems, const Reference& reference, UiState& ui,
               Commands& out) {
  for (const Knob* const knob : shown)
    draw_knob_row(in, *knob, remarks_on(*knob, ui.knobs.draft, problems), reference, ui, out);
}

void draw_groups(const PanelInput& in, const std::vector<ConfigProblem>& problems, const Reference& reference,
                 UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  KnobEdits& edits = ui.knobs;
  bool first = true;
  for (const KnobGroup group : kGroups) {
    if (!first) ImGui::Dummy({0, skin.px(4)});
    first = false;
    // The knob somebody asked for must be in sight.
    const Knob* wanted = edits.wanted_key.empty() ? nullptr : find_knob(edits.wanted_key);
    if (wanted && wanted->group == group) {
      ui.open_groups[std::string(name_of(group))] = true;
      if (!why_idle(wanted->key, edits.draft).empty()) ui.open_groups[std::string(name_of(group)) + "/idle"] = true;
    }
    if (!group_header(skin, group, problems, ui)) continue;
    std::vector<std::pair<const Knob*, KnobRemarks>> idle;
    for (const Knob& knob : knobs()) {
      if (knob.group != group) continue;
      KnobRemarks remarks = remarks_on(knob, edits.draft, problems);
      // One that is in trouble must be in sight.
      if (remarks.idle.empty() || !remarks.problem.empty()) draw_knob_row(in, knob, remarks, reference, ui, out);
      else idle.emplace_back(&knob, std::move(remarks));
    }
    if (idle.empty() || !idle_header(skin, group, idle.size(), ui)) continue;
    for (const auto& [knob, remarks] : idle) draw_knob_row(in, *knob, remarks, reference, ui, out);
  }
}

void draw_shown(const PanelInput& in, const std::vector<ConfigProblem>& problems, UiState& ui, Commands& out) {
  const viz::Theme& t = in.theme;
  KnobChoice& choice = ui.knob_choice;
  const Reference reference = reference_of(in, ui);
  if (!choice.search.empty()) {
    const std::vector<const Knob*> found = knobs_found(choice.search);
    if (found.empty()) wrapped_text(t.fonts.small, t.text_dim, "No setting is called so.");
    return draw_list(in, found, problems, reference, ui, out);
  }
  if (choice.all) return draw_groups(in, problems, reference, ui, out);
  const std::vector<const Knob*> shown = essential_knobs(choice, ui.knobs, *reference.config, problems);
  draw_list(in, shown, problems, reference, ui, out);
  ImGui::Dummy({0, Skin{t, in.scale}.px(4)});
  wrapped_text(t.fonts.small, t.text_dim,
               fmt::format("{} more under All. What you change stays here.", knobs().size() - shown.size()));
}

// A line each as long as it needs; of a low panel one line of all, whole under the mouse.
void warn_of(const Skin& skin, const std::vector<std::string>& said, bool low) {
  const viz::Theme& t = skin.theme;
  if (!low)
    for (const std::string& one : said) wrapped_text(t.fonts.small, t.warn, one);
  if (!low || said.empty()) return;
  const std::string more = said.size() > 1 ? fmt::format("  and {} more", said.size() - 1) : std::string();
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, rest = text_size(t.fonts.small, more).x;
  const float shown = std::min(text_size(t.fonts.small, said[0]).x, width - rest);
  draw_clipped_text(ImGui::GetWindowDrawList(), t.fonts.small, at, width - rest, t.warn, said[0]);
  draw_text(ImGui::GetWindowDrawList(), t.fonts.small, {at.x + shown, at.y}, t.warn, more);
  ImGui::Dummy({width, text_size(t.fonts.small, "X").y});
  register_item("warnings", said[0] + more);
  if (mouse_rests("warnings")) tooltip(skin, "What these settings do", fmt::format("{}", fmt::join(said, "\n")));
}

void footer(const Skin& skin, const PanelInput& in, const std::vector<ConfigProblem>& problems,
            const Config& draft, bool low) {
  const viz::Theme& t = skin.theme;
  if (!problems.empty()) {
    wrapped_text(t.fonts.small, t.bad,
                 "Not sent: the settings in red do not fit together. The running model goes on.");
  } else {
    std::vector<std::string> said;
    for (const ConfigProblem& warning : warnings(draft)) said.push_back(with_names(warning.message));
    if (std::string slow = slow_precision(draft, in.status.engine); !slow.empty()) said.push_back(std::move(slow));
    if (std::string note = unknown_note(in.status.text); !note.empty()) said.push_back(std::move(note));
    warn_of(skin, said, low);
  }
  // Where there is room for a few knobs alone, they come first.
  if (is_sane(problems) && !low) {
    wrapped_text(t.fonts.small, t.text_dim, weight_text(draft, in.status));
    if (mouse_rests("weight"))
      tooltip(skin, "What this model weighs",
              "Parameters in all, and those one token passes through. Arithmetic of one token forward; weights, "
              "gradients, moments and activations in training. Last the dense model whose tokens cost as much: the "
              "same one with a feed-forward of this width in every block.",
              "Of the settings shown, also while they are on their way to the trainer.");
  }
}

// Whether the next change is this run's, or begins one beside it.
void draw_beside(const Skin& skin, const PanelInput& in, KnobEdits& edits) {
  if (is_record(in.status)) return;
  const ImVec2 at = ImGui::GetCursorScreenPos();
  toggle(skin, "Try changes beside", &edits.beside);
  const float middle = (ImGui::GetItemRectMin().y + ImGui::GetItemRectMax().y) / 2,
              x = ImGui::GetItemRectMax().x + skin.px(10);
  draw_clipped_text(ImGui::GetWindowDrawList(), skin.theme.fonts.body,
                    {x, middle - text_size(skin.theme.fonts.body, "T").y / 2},
                    at.x + ImGui::GetContentRegionAvail().x - x, edits.beside ? skin.theme.text : skin.theme.text_dim,
                    "Try changes beside");
  if (mouse_rests("Try changes beside"))
    tooltip(skin, "Try changes beside",
            "The next change of a knob begins a run beside this one, from its newest kept step, and both learn in "
            "step; "
            "this one goes on as it is. Compare shows them over one another.");
}

}  // namespace

void draw_knob_panel(const PanelInput& in, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  KnobEdits& edits = ui.knobs;
  ImDrawList* list = ImGui::GetWindowDrawList();
  const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
  list->PushClipRect(at, {at.x + size.x, at.y + size.y});
  list->AddRectFilled(at, {at.x + size.x, at.y + size.y}, t.panel, skin.px(8));
  list->AddRect(at, {at.x + size.x, at.y + size.y}, t.hairline, skin.px(8));
  list->PopClipRect();
  if (!edits.is_set) {
    wrapped_text(t.fonts.body, t.text_dim, "The settings appear with the model.");
    return;
  }

  if (!edits.wanted_key.empty()) {
    ui.knob_choice.search.clear();
    ui.knob_choice.called = edits.wanted_key;
  }
  draw_knob_choice(in, ui);
  ImGui::SetCursorScreenPos({ImGui::GetCursorScreenPos().x, ImGui::GetCursorScreenPos().y + skin.px(6)});

  const std::vector<ConfigProblem> problems = validate(edits.draft);
  // The footer keeps its place; its height follows from what it says, a frame later.
  ImGuiStorage* storage = ImGui::GetStateStorage();
  const ImGuiID footer_id = ImGui::GetID("footer height");
  const float footer_height = storage->GetFloat(footer_id, skin.px(44));
  const float gap = skin.px(8);
  const ImVec2 room = ImGui::GetContentRegionAvail();

  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {0, 0});
  viz::begin_child("knobs", {room.x, room.y - footer_height - gap});
  ImGui::PopStyleVar();
  draw_shown(in, problems, ui, out);
  ImGui::EndChild();

  const float footer_top = at.y + size.y - skin.px(10) - footer_height;
  ImGui::SetCursorScreenPos({ImGui::GetCursorScreenPos().x, footer_top});
  list->AddLine({at.x + skin.px(12), footer_top - gap / 2}, {at.x + size.x - skin.px(12), footer_top - gap / 2},
                t.hairline);
  draw_beside(skin, in, edits);
  footer(skin, in, problems, edits.draft, size.y < skin.px(kLowPanel));
  storage->SetFloat(footer_id, std::max(skin.px(20), ImGui::GetCursorScreenPos().y - footer_top));
  ImGui::PopStyleVar();
}

}  // namespace switchyard::app
