// Router health: what is wrong, since when, and a remedy in one click; below it the figures of every layer.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "app/edits.h"
#include "app/panels/layer_health.h"
#include "app/panels/panel_parts.h"
#include "app/panels/panels.h"
#include "app/panels/toasts.h"
#include "app/ui/panel_frame.h"
#include "app/ui/widgets.h"
#include "core/base/alert.h"
#include "viz/canvas_imgui.h"
#include "viz/format.h"

namespace switchyard::app {

namespace {

// --- alerts

std::string_view word_of(AlertKind kind) {
  switch (kind) {
    case AlertKind::dead:
      return "dead";
    case AlertKind::starving:
      return "starving";
    case AlertKind::collapsed:
      return "collapsed";
    case AlertKind::frozen_router:
      return "frozen router";
  }
  return "";
}

std::string title_of(const HealthAlert& alert, std::size_t experts) {
  std::string who;
  for (std::size_t i = 0; i < std::min<std::size_t>(alert.experts.size(), 4); ++i)
    who += (who.empty() ? "" : ", ") + expert_name(alert.experts[i], experts);
  if (alert.experts.size() > 4) who += fmt::format(" and {} more", alert.experts.size() - 4);
  if (alert.kind == AlertKind::frozen_router) return fmt::format("Layer {}: frozen router", alert.layer);
  if (alert.kind == AlertKind::collapsed) return fmt::format("Layer {}: collapsed{}", alert.layer, who.empty() ? "" : " onto " + who);
  return fmt::format("Layer {}: {} {}", alert.layer, who.empty() ? "experts" : who, word_of(alert.kind));
}

// "Switch loss 0.01, Bias balancing 0.001"
std::string settings_text(const std::vector<KnobSetting>& remedy) {
  std::string text;
  for (const KnobSetting& setting : remedy) {
    const Knob* knob = find_knob(setting.key);
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", knob ? knob->label : std::string_view(setting.key), setting.value);
  }
  return text;
}

// All settings as one edit, which Ctrl+Z takes back.
void apply_remedy(const PanelInput& in, const std::vector<KnobSetting>& remedy, UiState& ui, Commands& out) {
  Config next = ui.knobs.draft;
  for (const KnobSetting& setting : remedy) {
    const auto set = set_from_text(next, setting.key, setting.value);
    if (!set) return add_toast(ui, Notice::Level::error, set.error().message, in.now_s);
  }
  commit_edit(ui.knobs, out, next);
  add_toast(ui, Notice::Level::info, fmt::format("{}. Ctrl+Z takes it back.", settings_text(remedy)), in.now_s);
}

void draw_alert(const PanelInput& in, const HealthAlert& alert, std::size_t index, UiState& ui, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const std::size_t experts = in.history.experts(static_cast<std::size_t>(std::max(0, alert.layer)));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float width = ImGui::GetContentRegionAvail().x, pad = skin.px(12);
  const std::string name = fmt::format("alert {}", index);
  ImGui::PushID(name.c_str());
  // The ground is drawn behind once the height is known.
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->ChannelsSplit(2);
  list->ChannelsSetCurrent(1);
  ImGui::SetCursorScreenPos({at.x + pad, at.y + skin.px(9)});
  ImGui::BeginGroup();
  const std::string title = title_of(alert, experts);
  const float room = width - 2 * pad;
  write_words(in, viz::Font::bold, t.text, title, room);
  write_words(in, viz::Font::small, t.text_dim,
              fmt::format("since step {}; {}", viz::grouped(static_cast<double>(alert.began)), alert.message), room);
  write_words(in, viz::Font::small, t.text, alert.advice, room);
  ImGui::Dummy({0, skin.px(3)});
  const std::string remedy = settings_text(alert.remedy);
  if (!alert.remedy.empty()) {
    const std::string label = "Set " + remedy, id = fmt::format("remedy {}", index);
    if (button(skin, {.label = label, .look = ButtonLook::primary, .name = id})) apply_remedy(in, alert.remedy, ui, out);
    ImGui::SameLine(0, skin.px(6));
  }
  const std::string show = fmt::format("show {}", index);
  if (button(skin, {.label = "Show", .look = ButtonLook::quiet, .name = show})) {
    ui.layer = alert.layer;
    if (!alert.experts.empty()) pin_expert(ui, alert.experts.front());
  }
  ImGui::EndGroup();
  const float bottom = ImGui::GetItemRectMax().y + skin.px(9);
  list->ChannelsSetCurrent(0);
  viz::CanvasImGui canvas(list, t);
  const viz::Rect ground{at.x, at.y, at.x + width, bottom};
  canvas.rect_fill(ground, viz::faded(t.bad, t.is_dark ? 0.16f : 0.10f), skin.px(6));
  canvas.rect_outline(ground, viz::faded(t.bad, 0.7f), std::max(1.0f, skin.scale), skin.px(6));
  list->ChannelsMerge();
  register_item(name, at, {at.x + width, bottom}, title);
  ImGui::PopID();
  ImGui::SetCursorScreenPos({at.x, bottom + skin.px(8)});
  ImGui::Dummy({0, 0});
}

void draw_all_clear(const PanelInput& in) {
  const Skin skin{in.theme, in.scale};
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const std::string text = "No expert is dead or starving, no layer has collapsed, no router is frozen.";
  const float line = text_size(in.theme.fonts.small, text).y, width = ImGui::GetContentRegionAvail().x;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  canvas.circle_fill({at.x + skin.px(5), at.y + line / 2}, skin.px(4), in.theme.good);
  canvas.text({at.x + skin.px(16), at.y}, viz::ellipsized(canvas, text, width - skin.px(16), viz::Font::small), in.theme.text,
              viz::Font::small);
  ImGui::Dummy({width, line + skin.px(8)});
}

// --- figures

struct Column {
  std::string_view title;
  const MetricNote* note;
  std::string (*text)(const LayerHealth&);
  double (*share)(const LayerHealth&);  // of its range, for the bar; NaN: none
};

std::string plain(double value) { return std::isfinite(value) ? fmt::format("{:.2f}", value) : std::string("–"); }

const Column kColumns[] = {
    {"violation", &notes::max_violation, [](const LayerHealth& h) { return plain(h.max_violation); },
     [](const LayerHealth& h) { return h.max_violation / h.most_violation; }},
    {"load H", &notes::load_entropy, [](const LayerHealth& h) { return plain(h.load_entropy); },
     [](const LayerHealth& h) { return h.load_entropy; }},
    {"token H", &notes::token_entropy, [](const LayerHealth& h) { return plain(h.token_entropy); },
     [](const LayerHealth& h) { return h.token_entropy; }},
    {"effective", &notes::effective_experts,
     [](const LayerHealth& h) {
       return std::isfinite(h.effective) ? fmt::format("{:.1f}/{}", h.effective, h.experts) : std::string("–");
     },
     [](const LayerHealth& h) { return h.effective / static_cast<double>(h.experts); }},
    {"decisive", &notes::decisiveness, [](const LayerHealth& h) { return plain(h.decisiveness); },
     [](const LayerHealth& h) { return h.decisiveness / std::log(static_cast<double>(h.experts)); }},
    {"churn", &notes::churn,
     [](const LayerHealth& h) { return std::isfinite(h.churn) ? viz::percent(h.churn) : std::string("–"); },
     [](const LayerHealth& h) { return h.churn; }},
    {"dropped", &notes::drops,
     [](const LayerHealth& h) { return std::isfinite(h.dropped) ? viz::percent(h.dropped) : std::string("–"); },
     [](const LayerHealth& h) { return h.dropped; }},
};

std::string chance_of(const Column& column, const LayerHealth& health) {
  if (column.note != &notes::churn || !std::isfinite(health.churn_chance)) return {};
  return fmt::format("{} here, of two looks that know nothing of each other; these are {} steps apart",
                     viz::percent(health.churn_chance), viz::grouped(static_cast<double>(health.churn_steps)));
}

void draw_figures(const PanelInput& in, UiState& ui, const std::vector<LayerHealth>& layers) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const float width = ImGui::GetContentRegionAvail().x, name = skin.px(58), line = skin.px(30);
  const float column = (width - name) / static_cast<float>(std::size(kColumns));
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float head = skin.px(20);
  for (std::size_t c = 0; c < std::size(kColumns); ++c) {
    const float x = at.x + name + column * static_cast<float>(c);
    const std::string title(kColumns[c].title);
    ImGui::SetCursorScreenPos({x, at.y});
    ImGui::InvisibleButton(title.c_str(), {column, head});
    register_item(title);
    canvas.text({x, at.y + skin.px(2)}, viz::ellipsized(canvas, title, column - skin.px(4), viz::Font::small),
                ImGui::IsItemHovered() ? t.text : t.text_dim, viz::Font::small);
    if (mouse_rests(title)) note_tooltip(*kColumns[c].note, {}, t, in.scale);
  }
  const int shown = shown_layer(ui, layers.size());
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const float y = at.y + head + line * static_cast<float>(l);
    const std::string label = layer_name(l);
    ImGui::SetCursorScreenPos({at.x, y});
    if (ImGui::InvisibleButton(label.c_str(), {name, line})) ui.layer = static_cast<int>(l);
    register_item(label, static_cast<int>(l) == shown ? "chosen" : "");
    const bool chosen = static_cast<int>(l) == shown;
    if (chosen) canvas.rect_fill({at.x, y, at.x + width, y + line - skin.px(3)}, viz::faded(t.raised, 0.7f), skin.px(4));
    canvas.text({at.x + skin.px(6), y + skin.px(5)}, label, chosen || ImGui::IsItemHovered() ? t.text : t.text_dim,
                viz::Font::small);
    for (std::size_t c = 0; c < std::size(kColumns); ++c) {
      const float x = at.x + name + column * static_cast<float>(c), bar = column - skin.px(12);
      const std::string text = kColumns[c].text(layers[l]);
      ImGui::SetCursorScreenPos({x, y});
      const std::string cell = fmt::format("{}/{}", label, kColumns[c].title);
      ImGui::InvisibleButton(cell.c_str(), {column, line});
      register_item(cell, text);
      if (mouse_rests(cell)) note_tooltip(*kColumns[c].note, text, t, in.scale, chance_of(kColumns[c], layers[l]));
      canvas.text({x, y + skin.px(4)}, text, t.text, viz::Font::mono_small);
      const double share = kColumns[c].share(layers[l]);
      if (!std::isfinite(share) || bar < skin.px(8)) continue;
      const float top = y + skin.px(20), thick = std::max(2.0f, skin.px(3));
      canvas.rect_fill({x, top, x + bar, top + thick}, t.raised_hover, thick / 2);
      const float filled = bar * static_cast<float>(std::clamp(share, 0.0, 1.0));
      if (filled > 0.5f) canvas.rect_fill({x, top, x + std::max(thick, filled), top + thick}, t.accent, thick / 2);
    }
  }
  ImGui::SetCursorScreenPos({at.x, at.y + head + line * static_cast<float>(layers.size())});
  ImGui::Dummy({width, 1});
}

void fill_table(const std::vector<LayerHealth>& layers, Table& table) {
  table.set_header({"layer", "experts", "max violation", "load entropy [of ln N]", "token entropy [of ln N]", "effective experts",
                    "decisiveness [nats]", "churn [share]", "churn by chance [share]", "dropped [share]", "router gradient norm",
                    "expert gradient norm"});
  for (std::size_t l = 0; l < layers.size(); ++l) {
    const LayerHealth& h = layers[l];
    table.add_row({static_cast<std::int64_t>(l), static_cast<std::int64_t>(h.experts), h.max_violation, h.load_entropy, h.token_entropy,
                   h.effective, h.decisiveness, h.churn, h.churn_chance, h.dropped, h.router_grad, h.expert_grad});
  }
}

}  // namespace

void draw_health_panel(const PanelInput& in, UiState& ui, Commands& out) {
  const std::vector<HealthAlert>& alerts = in.status.alerts;
  open_panel(in, "Router health", alerts.empty() ? std::string("every layer, now")
                                                 : fmt::format("{} alert{}", alerts.size(), alerts.size() == 1 ? "" : "s"));
  const Readiness state = readiness(in, false);
  if (state != Readiness::ready) {
    draw_not_ready(in, state, "alerts with a remedy, and the figures of every layer");
    return panel_end(in);
  }
  const double k = in.status.config ? static_cast<double>(in.status.config->top_k) : 0;
  const std::vector<LayerHealth> layers = layer_health(in.history, in.snapshot, in.kept, k, in.insight);
  if (Table* table = wanted_table(in)) fill_table(layers, *table);

  viz::begin_child("health", {0, 0}, false, ImGuiWindowFlags_NoBackground);
  if (alerts.empty()) draw_all_clear(in);
  for (std::size_t i = 0; i < alerts.size(); ++i) draw_alert(in, alerts[i], i, ui, out);
  draw_figures(in, ui, layers);
  ImGui::EndChild();
  panel_end(in);
}

}  // namespace switchyard::app
