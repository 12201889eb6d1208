#include "app/panels/parts/panel_parts.h"
#include "app/run/words/recording_words.h"
#include "core/insight/assignments.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "app/panels/parts/panel_frame.h"
#include "app/run/compared.h"
#include "app/run/wake.h"
#include "app/ui/panel_exports.h"
#include "app/ui/registry.h"
#include "app/ui/skin.h"
#include "app/ui/widgets.h"
#include "viz/base/compat.h"
#include "viz/base/format.h"
#include "viz/base/text_wrap.h"
#include "viz/canvas/canvas_imgui.h"

namespace switchyard::app {

namespace {

constexpr float kChipGap = 10, kChipSquare = 8;

}  // namespace

// --- head

void open_panel(const PanelInput& in, std::string_view subtitle, const MetricNote* note) {
  panel_begin(in, subtitle);
  if (!panel_title_hovered(in)) return;
  const bool left_out = panel_subtitle_left_out();
  if (!note && !left_out) return;
  ImGui::BeginTooltip();
  if (left_out) ImGui::TextUnformatted(subtitle.data(), subtitle.data() + subtitle.size());
  if (left_out && note) ImGui::Separator();
  if (note) draw_note(*note, {}, in.theme, in.scale);
  ImGui::EndTooltip();
}

bool brings_looks(const PanelInput& in) { return in.run.beside.has_value() || !is_record(in.status); }

std::string_view brought_by_next_look(const PanelInput& in) {
  return brings_looks(in) ? "the next look brings them" : "nobody watched them then";
}

std::string of_look(const PanelInput& in, std::string_view subtitle) {
  const Snapshot* const newest = in.run.snapshot.get();
  if (!in.snapshot || !newest || in.snapshot->step >= newest->step) return std::string(subtitle);
  return fmt::format("step {}{}{}", viz::grouped(static_cast<double>(in.snapshot->step)), subtitle.empty() ? "" : " · ", subtitle);
}

bool header_arrow(const PanelInput& in, const char* label, Arrow arrow, bool enabled) {
  if (in.several && !in.several->has_controls()) return false;
  const viz::Theme& theme = in.theme;
  const viz::Rect free = panel_header_free(in);
  const float width = 20 * in.scale;
  if (free.width() - panel_header_pending() < width) return false;
  panel_header_take_right(width);
  const viz::Rect rect{free.x1 - width, free.y0, free.x1, free.y1};
  const ImVec2 body = ImGui::GetCursorScreenPos();
  ImGui::SetCursorScreenPos({rect.x0, rect.y0});
  bool clicked = ImGui::InvisibleButton(label, {width, rect.height()}) && enabled;
  if (enabled) clicked = focus_stop(ImGui::GetID(label)).pressed || clicked;
  register_item(label);
  const bool hovered = ImGui::IsItemHovered() && enabled;
  if (hovered) ImGui::SetTooltip("%s", label);
  ImGui::SetCursorScreenPos(body);
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), theme.fonts);  // a control: not part of a figure
  if (hovered) canvas.rect_fill(rect, theme.raised_hover, 4 * in.scale);
  const float middle_x = (rect.x0 + rect.x1) / 2, middle_y = (rect.y0 + rect.y1) / 2, reach = 4 * in.scale;
  const float tip = (arrow == Arrow::left ? -0.5f : 0.5f) * reach;
  const viz::Point points[] = {
      {middle_x - tip, middle_y - reach}, {middle_x + tip, middle_y}, {middle_x - tip, middle_y + reach}};
  const viz::Colour ink = !enabled ? viz::faded(theme.text_dim, 0.35f) : hovered ? theme.text : theme.text_dim;
  canvas.polyline(points, ink, 1.4f * in.scale, viz::Stroke::smooth);
  return clicked;
}

void header_text(const PanelInput& in, std::string_view shown) { panel_header_right(in, shown); }

// --- readiness

Readiness readiness(const PanelInput& in, bool needs_snapshot) {
  const bool has_snapshot = in.snapshot && (in.snapshot->tokens || in.snapshot->points);
  const bool has_data = needs_snapshot ? has_snapshot : in.run.history.last() != nullptr;
  if (!has_data) {
    if (doing(in) == RunState::loading) return Readiness::loading;
    if (doing(in) == RunState::failed) return Readiness::failed;
    if (in.status.config && in.status.config->ffn == Ffn::dense) return Readiness::dense;
    return Readiness::first_step;
  }
  const std::size_t layers = needs_snapshot ? in.snapshot->layers.size() : in.run.history.last()->layers.size();
  if (layers == 0 && in.status.recorded)
    return Readiness::first_step;  // its model has some, whatever this step has
  return layers == 0 ? Readiness::dense : Readiness::ready;
}

Readiness readiness_of_curves(const PanelInput& in) {
  const Readiness state = readiness(in, false);
  return state == Readiness::dense ? Readiness::first_step : state;
}

namespace {

constexpr int kBalancings = 7;  // each halves what is uncertain of a width

// Words and the spaces after them, and where each goes in lines of a width.
struct WrappedWords {
  std::vector<std::string_view> words;
  std::vector<viz::WrapToken> tokens;  // their widths
  std::vector<viz::PlacedToken> places;
  std::size_t lines() const { return places.empty() ? 0 : places.back().line + 1; }
};

WrappedWords wrap_words(viz::Canvas& canvas, viz::Font font, std::string_view text, float width) {
  WrappedWords out;
  while (!text.empty()) {
    const bool space = text.front() == ' ';
    std::size_t end = std::min(space ? std::size_t{1} : text.find(' '), text.size());
    // A number and its percent sign stay together.
    while (!space && text.substr(end).starts_with(" %")) end = std::min(text.find(' ', end + 2), text.size());
    out.words.push_back(text.substr(0, end));
    out.tokens.push_back({canvas.text_size(out.words.back(), font).x, space, false});
    text.remove_prefix(end);
  }
  out.places = viz::wrap_tokens(out.tokens, width);
  return out;
}

// As few as `width` takes, and about as long as each other: no word is left alone in the last. None is wider, but
// for a word that is; that one is cut.
std::vector<std::string> balanced_lines(viz::Canvas& canvas, viz::Font font, std::string_view text, float width) {
  WrappedWords wrapped = wrap_words(canvas, font, text, width);
  const std::size_t fewest = wrapped.lines();
  float enough = width, too_little = width / static_cast<float>(std::max<std::size_t>(fewest, 1));
  for (int i = 0; i < kBalancings && fewest > 1; ++i) {
    const float tried = (enough + too_little) / 2;
    std::vector<viz::PlacedToken> places = viz::wrap_tokens(wrapped.tokens, tried);
    if (places.back().line + 1 > fewest) {
      too_little = tried;
    } else {
      enough = tried;
      wrapped.places = std::move(places);
    }
  }
  std::vector<std::string> lines(wrapped.lines());
  for (std::size_t i = 0; i < wrapped.words.size(); ++i) lines[wrapped.places[i].line] += wrapped.words[i];
  for (std::string& line : lines) {
    while (line.ends_with(' ')) line.pop_back();
    line = viz::ellipsized(canvas, line, width, font);
  }
  return lines;
}

}  // namespace

void draw_empty(const PanelInput& in, std::string_view sentence, std::string_view hint) {
  in.exports.says_why_not(sentence);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const ImVec2 room = ImGui::GetContentRegionAvail();
  if (room.x < 20 * in.scale || room.y < 12 * in.scale) return;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  const viz::Point middle{at.x + room.x / 2, at.y + room.y / 2};
  const float line = canvas.text_size("X").y, small = canvas.text_size("X", viz::Font::small).y,
              apart = 20 * in.scale;
  const auto height_of = [](const std::vector<std::string>& lines, float each) {
    return each * static_cast<float>(lines.size());
  };
  std::vector<std::string> says = balanced_lines(canvas, viz::Font::body, sentence, room.x),
                           hints = balanced_lines(canvas, viz::Font::small, hint, room.x);
  // What finds no room below the sentence is left out, then the end of the sentence.
  const float between = apart - (line + small) / 2;
  if (!hints.empty() &&
      (room.y <= 44 * in.scale || height_of(says, line) + between + height_of(hints, small) > room.y))
    hints.clear();
  if (const std::size_t most = std::max<std::size_t>(1, viz::how_many(room.y, line)); says.size() > most) {
    says.resize(most);
    says.back() = viz::ellipsized(canvas, says.back() + " …", room.x);
  }
  const float whole = height_of(says, line) + (hints.empty() ? 0 : between + height_of(hints, small));
  float y = hints.empty() ? middle.y - whole / 2
                          : middle.y - apart / 2 - line / 2 -
                                (height_of(says, line) - line + height_of(hints, small) - small) / 2;
  const float top = y;
  std::string seen;
  float widest = 0;
  canvas.push_clip({at.x, at.y, at.x + room.x, at.y + room.y});
  const auto write = [&](const std::vector<std::string>& lines, viz::Font font, float each) {
    for (const std::string& one : lines) {
      canvas.text({middle.x, y + each / 2}, one, in.theme.text_dim, font, viz::Align::middle, viz::Align::middle);
      y += each;
      widest = std::max(widest, canvas.text_size(one, font).x);
      seen += (seen.empty() ? "" : " ") + one;
    }
  };
  write(says, viz::Font::body, line);
  if (!hints.empty()) y += between;
  write(hints, viz::Font::small, small);
  register_item("empty", {middle.x - widest / 2, top}, {middle.x + widest / 2, y}, seen);
  canvas.pop_clip();
}

void draw_not_ready(const PanelInput& in, Readiness state, std::string_view what) {
  switch (state) {
    case Readiness::loading:
      return draw_empty(in, "loading the engine…", what);
    case Readiness::failed:
      return draw_empty(in, "training stopped before the first step", in.status.message);
    case Readiness::dense:
      return draw_empty(in, "this model has no MoE layer",
                        "set Feed-forward to moe, or upcycle this one in the Edit menu");
    case Readiness::first_step:
      break;
    case Readiness::ready:
      return;
  }
  if (in.status.recorded) {
    if (!in.status.message.empty()) return draw_empty(in, in.status.message, "what is written there appears here");
    const std::string why = in.run.history.empty() ? std::string() : why_lacking(in.status, RecordedPart::choices);
    return draw_empty(in, why.empty() ? "no step is recorded yet" : why, why.empty() ? std::string_view() : what);
  }
  if (is_record(in.status) && !in.run.beside)
    return draw_empty(in, "not recorded", "a folder without looks has curves, loads and events; Go on wakes the model and brings the rest");
  if (doing(in) == RunState::paused)
    return draw_empty(in, "paused before the first step", in.run.beside ? "Space plays" : "Space plays, . steps");
  draw_empty(in, "first step…", what);
}

bool lacks_first_choices(const PanelInput& in) {
  if (!in.status.recorded || !in.snapshot) return false;
  const auto& layers = in.snapshot->layers;
  if (std::any_of(layers.begin(), layers.end(), [](const ProbeLayer& layer) { return has_first_choices(layer); }))
    return false;
  const std::string why = why_lacking(in.status, RecordedPart::order);
  draw_empty(
      in, why.empty() ? "which expert came first was not recorded of these tokens" : why,
      why_lacking(in.status, RecordedPart::choices).empty() ? "co-activation and flow need no first choice" : "");
  return true;
}

float words_height(const PanelInput& in, viz::Font font, std::string_view text, float width) {
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  return canvas.text_size("X", font).y * static_cast<float>(wrap_words(canvas, font, text, width).lines());
}

void write_words(const PanelInput& in, viz::Font font, viz::Colour colour, std::string_view text, float width) {
  if (text.empty()) return;
  viz::CanvasImGui screen(ImGui::GetWindowDrawList(), in.theme);
  viz::Canvas& canvas = screen;
  if (width <= 0) width = std::max(1.0f, ImGui::GetContentRegionAvail().x);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const WrappedWords wrapped = wrap_words(canvas, font, text, width);
  const float line = canvas.text_size("X", font).y;
  // A line at a time: type set as one piece, and few texts in a figure.
  float widest = 0;
  for (std::size_t i = 0; i < wrapped.words.size();) {
    std::string whole;
    const std::size_t row = wrapped.places[i].line;
    for (; i < wrapped.words.size() && wrapped.places[i].line == row; ++i) whole += wrapped.words[i];
    widest = std::max(widest, canvas.text_size(whole, font).x);
    canvas.text({std::round(at.x), std::round(at.y + static_cast<float>(row) * line)}, whole, colour, font);
  }
  ImGui::Dummy({std::max(1.0f, std::min(widest, width)), line * static_cast<float>(wrapped.lines())});
}

// --- layers

int shown_layer(const UiState& ui, std::size_t layers) {
  return std::clamp(ui.layer, 0, std::max(0, static_cast<int>(layers) - 1));
}

int one_layer(const PanelInput& in, const UiState& ui, std::size_t layers) {
  const int shown = shown_layer(ui, layers);
  in.exports.shows_layer(shown, layers);
  return shown;
}

int layer_picker(const PanelInput& in, UiState& ui, std::size_t layers, bool arrows) {
  int shown = one_layer(in, ui, layers);
  std::vector<std::string> names;
  for (std::size_t i = 0; i < layers; ++i) names.push_back(layer_name(i));
  if (panel_header_combo(in, "layer", &shown, names)) ui.layer = shown;
  if (arrows && layers > 1) {
    if (header_arrow(in, "next layer", Arrow::right, shown + 1 < static_cast<int>(layers))) ui.layer = ++shown;
    if (header_arrow(in, "previous layer", Arrow::left, shown > 0)) ui.layer = --shown;
  }
  return shown;
}

// --- experts and domains

viz::Colour domain_colour(const viz::Theme& theme, std::size_t domain) {
  if (domain < viz::curve_colour_count) return viz::curve_colour(theme, domain);
  // Late categories, those that stand apart from the curves' colours and from each other.
  constexpr std::size_t kFar[] = {58, 21, 12, 13, 42, 34, 33, 39, 52, 60};
  const std::size_t more = domain - viz::curve_colour_count;
  return viz::category_colour(theme, more < std::size(kFar) ? kFar[more] : 16 + more % 48);
}

void light_expert(UiState& ui, HoverSource source, int expert) {
  if (expert >= 0) {
    ui.hovered_expert = expert;
    ui.hover_source = source;
  } else if (ui.hover_source == source) {
    ui.hovered_expert = ui.pinned_expert;
    ui.hover_source = HoverSource::none;
  }
}

void pin_expert(UiState& ui, int expert) {
  ui.pinned_expert = expert;
  ui.hovered_expert = expert;
  ui.hover_source = HoverSource::none;
  if (expert >= 0) ui.card_expert = expert;
}

std::string among_text(const UiState& ui, const Snapshot& snapshot) {
  const char* what = snapshot.points ? "points" : "tokens";
  if (ui.selection.active()) return fmt::format("of {} selected {}", viz::grouped(static_cast<double>(ui.selection.count)), what);
  std::string all = fmt::format("of {} {}", viz::grouped(static_cast<double>(probe_size(&snapshot))), what);
  if (snapshot.of_tokens > 0)
    all += fmt::format(", a sample of {}", viz::grouped(static_cast<double>(snapshot.of_tokens)));
  return all;
}

void wake_button(const PanelInput& in, UiState& ui, Commands& out, std::string_view what_for, ImVec2 size) {
  if (in.status.recorded) return;  // no model of it is anywhere near
  const Skin skin{in.theme, in.scale};
  if (in.run.beside) {
    const std::string lead = fmt::format("Lead{}", what_for);
    if (button(skin, {.label = lead, .look = ButtonLook::primary, .size = size, .name = "lead"}))
      ui.comparing.asked.push_back({in.run.id, BesideAsk::lead});
    if (mouse_rests("lead")) tooltip(skin, "Lead", fmt::format("Only the run that leads is asked. {}", kSaysLead));
    return;
  }
  const std::string label = fmt::format("Wake model{}", what_for);
  const std::optional<Waking> waking = waking_of(in, ui);
  if (button(skin, {.label = label, .look = ButtonLook::primary, .size = size, .enabled = waking.has_value(), .name = "wake"}))
    wake_model(*waking, ui, out);
  if (!mouse_rests("wake")) return;
  if (!waking) return tooltip(skin, "Wake model", "Nothing of this run is kept whole: there is no model to make again.");
  tooltip(skin, "Wake model",
          fmt::format("This is a record. Its model is made again as it was at step {}, and waits there{}.",
                      viz::grouped(static_cast<double>(waking->step)),
                      waking->as_child ? ", in a run of its own; this one stays as it is" : ""));
}

void inspect_token(const RunStatus& status, UiState& ui, int token, std::int32_t layer, Commands& out) {
  ui.inspecting.token = token;
  ui.inspecting.layer = Inspect::no_layer;
  if (is_record(status)) return;
  ui.inspecting.layer = layer;
  out.emplace_back(Inspect{++ui.inspecting.id, layer, token});
}

std::vector<std::uint8_t> lit_tokens(const UiState& ui, const ProbeLayer* layer, std::size_t tokens) {
  const bool by_expert = layer && ui.hovered_expert >= 0 && ui.hovered_expert < layer->experts;
  if (!by_expert && !ui.selection.active()) return {};
  std::vector<std::uint8_t> lit(tokens);
  for (std::size_t t = 0; t < tokens; ++t)
    lit[t] = ui.selection.has(t) && (!by_expert || first_choice(*layer, t) == ui.hovered_expert);
  return lit;
}

namespace {

// One chip at the right end of the title's line; true when it was clicked.
bool chosen_chip(const PanelInput& in, const char* name, std::string text, const std::string& short_text, std::string_view hint,
                 viz::Colour mark) {
  const Skin skin{in.theme, in.scale};
  const viz::Rect free = panel_header_free(in);
  const float swatch = mark ? skin.px(13) : 0;
  const auto width_of = [&](const std::string& shown) { return text_size(in.theme.fonts.small, shown).x + swatch + skin.px(28); };
  const float room = free.width() - panel_header_pending();
  if (room < width_of(text)) text = short_text;
  const float width = width_of(text);
  if (room < width) return false;
  const ImVec2 before = ImGui::GetCursorScreenPos();
  const viz::Rect rect{free.x1 - width, free.y0, free.x1, free.y1};
  ImGui::SetCursorScreenPos({rect.x0, rect.y0});
  const bool clicked = press_area(name, {width, rect.height()}).pressed;
  register_item(name, text);
  const bool hovered = ImGui::IsItemHovered();
  if (hovered) ImGui::SetTooltip("%.*s", static_cast<int>(hint.size()), hint.data());
  ImDrawList* list = ImGui::GetWindowDrawList();
  list->AddRectFilled({rect.x0, rect.y0}, {rect.x1, rect.y1}, viz::faded(in.theme.accent, hovered ? 0.35f : 0.2f), rect.height() / 2);
  const float middle = (rect.y0 + rect.y1) / 2;
  if (mark) list->AddRectFilled({rect.x0 + skin.px(9), middle - skin.px(4.5f)}, {rect.x0 + skin.px(18), middle + skin.px(4.5f)}, mark, skin.px(2));
  draw_text(list, in.theme.fonts.small, {rect.x0 + skin.px(9) + swatch, middle - text_size(in.theme.fonts.small, text).y / 2}, in.theme.text, text);
  draw_icon(list, Icon::close, {rect.x1 - skin.px(11), middle}, skin.px(8), hovered ? in.theme.text : in.theme.text_dim);
  panel_header_take_right(width + skin.px(6));
  ImGui::SetCursorScreenPos(before);
  return clicked;
}

}  // namespace

void chosen_chips(const PanelInput& in, UiState& ui, std::size_t experts) {
  if (in.several && !in.several->has_controls()) return;
  if (ui.selection.active() &&
      chosen_chip(in, "selection", fmt::format("{} selected", ui.selection.count), fmt::to_string(ui.selection.count),
                  fmt::format("{}: {} of {} stand out in every view of the probe; Esc or a click takes it back", ui.selection.of,
                              ui.selection.count, ui.selection.chosen.size()), 0))
    ui.selection = {};
  if (ui.pinned_expert < 0) return;
  const auto expert = static_cast<std::size_t>(ui.pinned_expert);
  const std::string name = expert_name(ui.pinned_expert, experts);
  if (chosen_chip(in, "pinned expert", name, name, "Lit in every panel; Esc or a click puts it out",
                  viz::category_colour(in.theme, expert)))
    pin_expert(ui, -1);
}

float expert_chips_height(const PanelInput& in) { return 20 * in.scale; }

int expert_chips(const PanelInput& in, UiState& ui, std::size_t experts, float width) {
  const viz::Theme& theme = in.theme;
  viz::CanvasImGui canvas(ImGui::GetWindowDrawList(), theme);
  const ImVec2 at = ImGui::GetCursorScreenPos();
  const float height = expert_chips_height(in), square = kChipSquare * in.scale;
  const float right = at.x + (width > 0 ? width : ImGui::GetContentRegionAvail().x), middle = at.y + height / 2;
  const float chip =
      square + 4 * in.scale + canvas.text_size(experts > 100 ? "E000" : "E00", viz::Font::mono_small).x;
  const float step = chip + kChipGap * in.scale;
  const float rest = canvas.text_size("+000", viz::Font::mono_small).x;
  const auto fits = viz::how_many(right - at.x + kChipGap * in.scale, step);
  const auto fits_with_rest = viz::how_many(right - at.x - rest, step);
  const std::size_t shown = experts <= fits ? experts : fits_with_rest;
  int hovered = -1;
  float x = at.x;
  for (std::size_t i = 0; i < shown; ++i, x += step) {
    const std::string name = expert_name(static_cast<int>(i), experts);
    const bool under_mouse =
        ImGui::IsWindowHovered() && viz::Rect{x, at.y, x + step, at.y + height}.contains(ImGui::GetMousePos());
    if (under_mouse) hovered = static_cast<int>(i);
    if (under_mouse && ImGui::IsMouseClicked(ImGuiMouseButton_Left)) pin_expert(ui, hovered);
    const bool dimmed = ui.hovered_expert >= 0 && ui.hovered_expert != static_cast<int>(i);
    const float opacity = dimmed ? 0.3f : 1;
    canvas.rect_fill({x, middle - square / 2, x + square, middle + square / 2},
                     viz::faded(viz::category_colour(theme, i), opacity), 2 * in.scale);
    canvas.text({x + square + 4 * in.scale, middle}, name,
                viz::faded(dimmed ? theme.text_dim : theme.text, opacity), viz::Font::mono_small,
                viz::Align::start, viz::Align::middle);
    register_item(name, {x, at.y}, {x + chip, at.y + height});
  }
  if (shown < experts) {
    canvas.text({x, middle}, fmt::format("+{}", experts - shown), theme.text_dim, viz::Font::mono_small,
                viz::Align::start, viz::Align::middle);
  }
  ImGui::Dummy({std::max(1.0f, right - at.x), height});
  // The arrow keys go through them.
  const ImVec2 end(x - kChipGap * in.scale, at.y + height);
  if (shown == 0) return hovered;
  const FocusKeys keys = focus_stop(ImGui::GetID("expert chips"), at, end, FocusKind::turn);
  register_item("expert chips", at, end);
  if (keys.turned != 0) pin_expert(ui, std::clamp(ui.pinned_expert + keys.turned, 0, static_cast<int>(shown) - 1));
  if (keys.pressed) pin_expert(ui, -1);
  return hovered;
}

}  // namespace switchyard::app
