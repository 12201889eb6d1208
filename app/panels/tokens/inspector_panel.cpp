// One token: what the gate of every layer made of it, what became of it, and what other experts would have made of it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "app/panels/parts/panel_frame.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/token_text.h"
#include "app/panels/tokens/panels.h"
#include "app/ui/widgets.h"
#include "viz/base/format.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {

namespace {

constexpr std::size_t kMostSets = 6;

// The gate of one layer: p of every expert where it is known, else of those the look lists.
struct Gate {
  std::vector<float> p;           // [N] NaN: not known
  std::vector<int> chosen;        // best first
  std::vector<bool> kept;         // one a choice
  std::vector<float> weight;      // one a choice; NaN: not recorded
  bool is_ordered = true;         // else `chosen` stands by number
};

Gate gate_of(const ProbeLayer& layer, std::size_t token, const Inspection* inspection, std::size_t l) {
  Gate out;
  const auto ranked = static_cast<std::size_t>(layer.ranked), k = static_cast<std::size_t>(layer.top_k);
  out.p.assign(static_cast<std::size_t>(layer.experts), NAN);
  for (std::size_t r = 0; r < ranked; ++r)
    if (const std::int32_t expert = layer.expert[token * ranked + r]; expert >= 0)
      out.p[static_cast<std::size_t>(expert)] = layer.prob[token * ranked + r];
  if (const std::size_t at = token * out.p.size(); layer.probabilities.size() >= at + out.p.size())
    std::copy_n(layer.probabilities.begin() + static_cast<std::ptrdiff_t>(at), out.p.size(), out.p.begin());
  else if (inspection && l < inspection->layers.size() && inspection->layers[l].probability.size() == out.p.size())
    out.p = inspection->layers[l].probability;
  out.is_ordered = layer.best_first;
  for (std::size_t r = 0; r < k; ++r) {
    if (layer.expert[token * ranked + r] < 0) continue;  // not recorded
    out.chosen.push_back(layer.expert[token * ranked + r]);
    out.kept.push_back(layer.kept[token * k + r] != 0);
    out.weight.push_back(layer.weight[token * k + r]);
  }
  return out;
}

std::string choices_text(const Gate& gate) {
  std::string text;
  for (std::size_t r = 0; r < gate.chosen.size(); ++r)
    text += fmt::format("{}{}{}{}", r == 0 ? "" : ", ", expert_name(gate.chosen[r], gate.p.size()),
                        std::isfinite(gate.weight[r]) ? fmt::format(" w {:.2f}", gate.weight[r]) : std::string(),
                        gate.kept[r] ? "" : " dropped");
  return text;
}

// A row of bars, one an expert; returns the one under the mouse.
int draw_gate(const PanelInput& in, const UiState& ui, const Gate& gate, std::size_t l, bool shown, ImVec2 at, ImVec2 size) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), t);
  viz::Canvas& canvas = screen;
  const std::string title = fmt::format("layer {}", l), text = choices_text(gate);
  const float line = text_size(t.fonts.mono_small, title).y;
  canvas.text(at, title, shown ? t.text : t.text_dim, viz::Font::small);
  canvas.text({at.x + skin.px(56), at.y}, viz::ellipsized(canvas, text, size.x - skin.px(56), viz::Font::mono_small), t.text,
              viz::Font::mono_small);
  const float step = size.x / static_cast<float>(gate.p.size());
  const bool names = step > text_size(t.fonts.mono_small, "E000").x + skin.px(4);
  const float top = at.y + line + skin.px(3), bottom = at.y + size.y - skin.px(3) - (names ? line : 0), height = bottom - top;
  canvas.line({at.x, bottom}, {at.x + size.x, bottom}, t.hairline, 1);
  int hovered = -1;
  for (std::size_t e = 0; e < gate.p.size(); ++e) {
    const float x = at.x + step * static_cast<float>(e);
    const bool under = ImGui::IsWindowHovered() && viz::Rect{x, top, x + step, bottom}.contains(ImGui::GetMousePos());
    if (under) hovered = static_cast<int>(e);
    if (names)
      canvas.text({x + step / 2, bottom + skin.px(1)}, expert_name(static_cast<int>(e), gate.p.size()), t.text_dim,
                  viz::Font::mono_small, viz::Align::middle);
    if (!std::isfinite(gate.p[e])) continue;
    const bool chosen = std::find(gate.chosen.begin(), gate.chosen.end(), static_cast<int>(e)) != gate.chosen.end();
    const float p = std::clamp(gate.p[e], 0.0f, 1.0f);
    viz::Colour colour = viz::category_colour(t, e);
    if (!chosen) colour = viz::faded(colour, 0.4f);
    canvas.rect_fill({x + 1, bottom - std::max(1.0f, p * height), x + std::max(2.0f, step - 1), bottom}, colour);
    if (ui.hovered_expert == static_cast<int>(e)) canvas.rect_outline({x, top, x + step, bottom + 1}, t.text, 1);
    if (under) ImGui::SetTooltip("%s  p %.3f%s", expert_name(static_cast<int>(e), gate.p.size()).c_str(), static_cast<double>(gate.p[e]), chosen ? "  chosen" : "");
  }
  return hovered;
}

std::string set_name(const std::vector<std::int32_t>& set, std::size_t experts) {
  std::string text;
  for (const std::int32_t e : set) text += (text.empty() ? "" : " + ") + expert_name(e, experts);
  return text;
}

// Below the gates: the loss, and what other experts would have made of it, every route that was tried.
void fill_regret(const Snapshot& snapshot, const Inspection* found, std::size_t token, Table& table) {
  const std::size_t before = table.columns().size();
  table.add_columns({"figure", "route", "value [nats]"});
  const auto add = [&](Cell layer, const char* what, std::string route, Cell value) {
    std::vector<Cell> cells(before);
    cells[0] = std::move(layer);
    cells.emplace_back(std::string(what));
    cells.emplace_back(std::move(route));
    cells.push_back(std::move(value));
    table.add_row(std::move(cells));
  };
  if (token < snapshot.token_loss.size()) add({}, "loss of the next token", {}, snapshot.token_loss[token]);
  if (!found || found->sets.empty() || found->layer < 0 ||
      static_cast<std::size_t>(found->layer) >= found->layers.size())
    return;
  const auto experts = static_cast<std::size_t>(found->layers[static_cast<std::size_t>(found->layer)].experts);
  const Cell layer(std::int64_t{found->layer});
  add(layer, found->sampled() ? "regret, at least" : "regret", {}, found->regret());
  add(layer, "loss by its own route", set_name(found->own, experts), found->loss);
  for (const RouteSet& set : found->sets)
    add(layer, "loss by this route minus by its own", set_name(set.experts, experts), set.difference);
}

// A row for every expert of every layer.
void fill_table(const Snapshot& snapshot, const Inspection* inspection, std::size_t token, Table& table) {
  table.set_header({"layer", "expert", "p [probability]", "choice", "weight", "kept"});
  for (std::size_t l = 0; l < snapshot.layers.size(); ++l) {
    const Gate gate = gate_of(snapshot.layers[l], token, inspection, l);
    for (std::size_t e = 0; e < gate.p.size(); ++e) {
      const auto at = std::find(gate.chosen.begin(), gate.chosen.end(), static_cast<int>(e));
      const auto rank = static_cast<std::size_t>(at - gate.chosen.begin());
      const bool chosen = at != gate.chosen.end();
      std::vector<Cell> cells{static_cast<std::int64_t>(l), static_cast<std::int64_t>(e), gate.p[e]};
      cells.push_back(chosen && gate.is_ordered ? Cell(static_cast<std::int64_t>(rank + 1)) : Cell());
      cells.push_back(chosen ? Cell(gate.weight[rank]) : Cell());
      cells.push_back(chosen ? Cell(std::int64_t{gate.kept[rank] ? 1 : 0}) : Cell());
      table.add_row(std::move(cells));
    }
  }
}

void draw_regret(const PanelInput& in, UiState& ui, int token, std::size_t experts, Commands& out) {
  const Skin skin{in.theme, in.scale};
  const viz::Theme& t = in.theme;
  const Inspection* found =
      in.run.inspection && in.run.inspection->id == ui.inspecting.id ? in.run.inspection.get() : nullptr;
  // What another model would have lost is none of this one's regret.
  const bool of_another = found && found->model_id != in.snapshot->model_id;
  const bool asked = ui.inspecting.layer != Inspect::no_layer && !of_another;
  const int layer = shown_layer(ui, in.snapshot->layers.size());
  const bool for_paper = for_figure(in);
  const bool busy = asked && found && !found->done && found->no_regret.empty();
  const std::string label = fmt::format("Try other experts in layer {}", layer);
  if (for_paper) {
    ImGui::Dummy({1, skin.px(4)});
  } else if (is_record(in.status)) {
    wake_button(in, ui, out, " to try other experts");
  } else if (busy) {
    if (button(skin, {.label = "Stop", .name = "stop"})) inspect_token(in.status, ui, token, Inspect::no_layer, out);
  } else if (button(skin, {.label = label, .look = ButtonLook::plain, .name = "regret"})) {
    inspect_token(in.status, ui, token, layer, out);
  }
  if (mouse_rests("regret")) note_tooltip(notes::regret, {}, t, in.scale);
  const auto line = [&](const std::string& text, viz::Colour colour) { write_words(in, viz::Font::mono_small, colour, text); };
  if (!asked) return;
  if (!found) return line("asked; training goes on meanwhile…", t.text_dim);
  if (!found->no_regret.empty()) return line(found->no_regret, t.warn);
  const std::string progress = fmt::format("{} of {} routes tried{}", viz::grouped(static_cast<double>(found->sets.size())), viz::grouped(static_cast<double>(found->planned)),
                                           found->sampled() ? fmt::format(", a sample of {}", viz::compact(found->possible)) : "");
  line(progress, t.text_dim);
  register_item("regret progress", progress);
  if (found->sets.empty()) return;
  const std::string regret = fmt::format("regret{} {:.3f} nats in layer {} at step {} (loss {:.3f} by {})", found->sampled() ? " at least" : "", found->regret(), found->layer, viz::grouped(static_cast<double>(found->step)),
                                         found->loss, set_name(found->own, experts));
  line(regret, t.text);
  register_item("regret figure", regret);
  for (std::size_t i = 0; i < std::min(kMostSets, found->sets.size()); ++i)
    line(fmt::format("{:+.3f}  {}", found->sets[i].difference, set_name(found->sets[i].experts, experts)),
         found->sets[i].difference < 0 ? t.good : t.text_dim);
}

// What is worth a look while nobody chose: the token of the passage whose successor surprised the model most.
int hardest_token(const Snapshot& snapshot, std::size_t passage) {
  const ProbeTokens& tokens = *snapshot.tokens;
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  const std::size_t begin = std::min(passage * length, tokens.text.size() - 1);
  int hardest = static_cast<int>(begin);
  float most = -1;
  for (std::size_t t = begin; t < std::min({begin + length, tokens.text.size(), snapshot.token_loss.size()}); ++t)
    if (snapshot.token_loss[t] > most) most = snapshot.token_loss[t], hardest = static_cast<int>(t);
  return hardest;
}

}  // namespace

void draw_inspector_panel(const PanelInput& in, UiState& ui, Commands& out) {
  const bool ready = readiness(in, true) == Readiness::ready && in.snapshot->tokens;
  const bool some = ready && !in.snapshot->tokens->text.empty();
  const bool chosen = some && ui.inspecting.token >= 0 && static_cast<std::size_t>(ui.inspecting.token) < in.snapshot->tokens->text.size();
  const int token = chosen ? ui.inspecting.token : some ? hardest_token(*in.snapshot, ui.passage) : -1;
  const bool has_token = token >= 0;
  open_panel(
      in,
      of_look(in, has_token ? fmt::format("{} at position {}{}",
                                          quoted_token(in.snapshot->tokens->text[static_cast<std::size_t>(token)]),
                                          token % std::max(1, in.snapshot->tokens->sequence_length),
                                          chosen                            ? ""
                                          : in.snapshot->token_loss.empty() ? "; click another"
                                                                            : ", the hardest here; click another")
                            : std::string()));
  if (!has_token) {
    const Readiness state = readiness(in, true);
    draw_not_ready(in, state == Readiness::ready ? Readiness::first_step : state, "one token in every layer");
    light_expert(ui, HoverSource::inspector, -1);
    return panel_end(in);
  }
  const Snapshot& snapshot = *in.snapshot;
  const auto at_token = static_cast<std::size_t>(token);
  const Inspection* inspection = in.run.inspection && in.run.inspection->token == token &&
                                         in.run.inspection->model_id == snapshot.model_id &&
                                         in.run.inspection->layers.size() == snapshot.layers.size()
                                     ? in.run.inspection.get()
                                     : nullptr;
  if (Table* table = wanted_table(in)) {
    fill_table(snapshot, inspection, at_token, *table);
    const bool asked =
        inspection && inspection->id == ui.inspecting.id && ui.inspecting.layer != Inspect::no_layer;
    fill_regret(snapshot, asked ? inspection : nullptr, at_token, *table);
  }
  const Skin skin{in.theme, in.scale};
  panel_scroll_begin(in, "token");
  const std::string before = context_before(*snapshot.tokens, at_token, 26), after = context_after(*snapshot.tokens, at_token, 26);
  {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
    viz::Canvas& canvas = screen;
    ImFont* mono = in.theme.fonts.mono;
    const std::string& text = snapshot.tokens->text[at_token];
    const std::string middle = text == "\n" ? "↵" : text;
    const float left = text_size(mono, before).x, wide = text_size(mono, middle).x, line = text_size(mono, "X").y;
    canvas.text(at, before, in.theme.text_dim, viz::Font::mono);
    canvas.rect_fill({at.x + left, at.y, at.x + left + wide, at.y + line}, viz::faded(in.theme.accent, 0.4f), skin.px(2));
    canvas.text({at.x + left, at.y}, middle, in.theme.text, viz::Font::mono);
    canvas.text({at.x + left + wide, at.y}, after, in.theme.text_dim, viz::Font::mono);
    ImGui::Dummy({1, line + skin.px(2)});
  }
  std::string foot;
  if (at_token < snapshot.token_loss.size() && std::isfinite(snapshot.token_loss[at_token]))
    foot = fmt::format("loss of the next token {} nats", viz::decimals(snapshot.token_loss[at_token], 3));
  if (at_token < snapshot.tokens->domain.size() && snapshot.tokens->domain[at_token] < snapshot.tokens->domain_names.size())
    foot += fmt::format("{}{}", foot.empty() ? "" : " · ", snapshot.tokens->domain_names[snapshot.tokens->domain[at_token]]);
  write_words(in, viz::Font::small, in.theme.text_dim, foot);
  register_item("loss", foot);
  const float width = ImGui::GetContentRegionAvail().x;
  // Room for the counterfactual once it is asked for.
  const float below = skin.px(ui.inspecting.layer == Inspect::no_layer ? 64 : 190);
  const float row = std::clamp((ImGui::GetContentRegionAvail().y - below) / static_cast<float>(snapshot.layers.size()), skin.px(46), skin.px(220));
  const auto shown = static_cast<std::size_t>(shown_layer(ui, snapshot.layers.size()));
  int lit = -1;
  for (std::size_t l = 0; l < snapshot.layers.size(); ++l) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    const Gate gate = gate_of(snapshot.layers[l], at_token, inspection, l);
    const int hovered = draw_gate(in, ui, gate, l, l == shown, at, {width, row});
    if (hovered >= 0) lit = hovered;
    register_item(layer_name(l), at, {at.x + width, at.y + row}, choices_text(gate));
    ImGui::SetCursorScreenPos({at.x, at.y + row + skin.px(4)});
    ImGui::Dummy({1, 0});
  }
  draw_regret(in, ui, token, static_cast<std::size_t>(snapshot.layers.front().experts), out);
  panel_scroll_end(in);
  light_expert(ui, HoverSource::inspector, lit);
  panel_end(in);
}

}  // namespace switchyard::app
