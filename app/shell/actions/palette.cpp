#include "app/shell/actions/palette.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "app/panels/parts/glossary.h"
#include "app/panels/parts/panel_parts.h"
#include "app/panels/parts/token_text.h"
#include "app/panels/timeline/run_events.h"
#include "app/run/in_front.h"
#include "app/shell/actions/find.h"
#include "app/ui/fuzzy.h"
#include "app/ui/widgets.h"
#include "core/config/knobs.h"
#include "viz/base/format.h"

namespace switchyard::app {
namespace {

constexpr std::size_t kMostPlaces = 200, kMostEvents = 50;
constexpr std::size_t kLeastOfAName = 3, kLeastOfADetail = 4;  // letters
constexpr int kOfADetail = -1000;                              // its score
constexpr float kWidth = 620, kEntryRow = 30, kTop = 60, kPad = 10, kBelowField = 8;
constexpr int kRows = 12;

struct Entry {
  std::string group{}, title{}, keys{}, detail{};
  std::vector<std::size_t> marked{};  // bytes of the title that matched
  viz::Colour swatch = 0;
  bool enabled = true, chosen = false;
  std::function<void(const ActionContext&)> run{};
  int score = 0;
};

void add_action(const ActionContext& context, const Action& action, std::string_view query, std::vector<Entry>& out) {
  // Letters may be of the group ("set experts", "theme light"), but those of the title are worth more.
  auto match = fuzzy_match(query, action.title);
  if (match) match->score += 4;
  const std::string whole = action.group + " " + action.title;
  auto with_group = fuzzy_match(query, whole);
  if (with_group && (!match || with_group->score > match->score)) {
    const std::size_t skip = action.group.size() + 1;
    match = FuzzyMatch{with_group->score, {}};
    for (const std::size_t at : with_group->at)
      if (at >= skip) match->at.push_back(at - skip);
  }
  // By another name nothing of the title is marked. Behind all that: what an action says of itself.
  const auto letters =
      static_cast<std::size_t>(std::count_if(query.begin(), query.end(), [](char c) { return c != ' '; }));
  if (letters >= kLeastOfAName && has_each_word(query, action.also)) {
    const auto by_name = fuzzy_match(query, action.also);
    if (by_name && (!match || by_name->score > match->score)) match = FuzzyMatch{by_name->score, {}};
  }
  if (!match && letters >= kLeastOfADetail && has_each_word(query, action.detail))
    match = FuzzyMatch{kOfADetail, {}};
  if (!match) return;
  out.push_back({.group = action.group,
                 .title = action.title,
                 .keys = action.chord ? chord_text(*action.chord) : std::string(),
                 .detail = action.detail,
                 .marked = std::move(match->at),
                 .enabled = is_enabled(action, context),
                 .chosen = action.chosen && action.chosen(context),
                 .run = action.run,
                 .score = match->score});
}

std::vector<Entry> command_entries(const ActionContext& context, std::string_view query) {
  std::vector<Entry> out;
  for (const Action& action : actions()) add_action(context, action, query, out);
  for (const Action& action : passing_actions(context.in, context.ui)) add_action(context, action, query, out);
  std::stable_sort(out.begin(), out.end(), [](const Entry& a, const Entry& b) { return a.score > b.score; });
  return out;
}

void select_mask(const ActionContext& context, const std::vector<std::uint8_t>& mask, const std::string& of) {
  if (context.in.snapshot) context.ui.selection = select(*context.in.snapshot, mask, of);
}

// Where it stands already, or in the workspace that has one.
void show_card(const ActionContext& context, int expert) {
  const Arranging& arranging = context.ui.arranging;
  const bool stands =
      arranging.filled.empty() ? arranging.workspace == Workspace::specialization : arranging.filled == "expert";
  if (!stands) run_action("view.expert-card", context);
  bring_to_front(context.ui, "expert");
  pin_expert(context.ui, expert);
}

void add_experts(const ActionContext& context, std::string_view query, std::vector<Entry>& out) {
  std::size_t most = 0;
  for (std::size_t l = 0; l < context.in.run.history.layers(); ++l)
    most = std::max(most, context.in.run.history.experts(l));
  const int named = expert_named(query);
  for (std::size_t i = 0; i < most; ++i) {
    const int expert = static_cast<int>(i);
    if (query.empty() ? i >= 16 : named != expert) continue;
    out.push_back({.group = "Expert",
                   .title = expert_name(expert, most),
                   .detail = "Shows its card, and lights it in every panel until Esc",
                   .swatch = viz::category_colour(context.in.theme, i),
                   .chosen = context.ui.pinned_expert == expert,
                   .run = [expert](const ActionContext& c) { show_card(c, expert); }});
    if (!query.empty())
      out.push_back({.group = "Light",
                     .title = "Light " + expert_name(expert, most) + " here",
                     .detail = "In every panel of this workspace, until Esc",
                     .swatch = viz::category_colour(context.in.theme, i),
                     .run = [expert](const ActionContext& c) { pin_expert(c.ui, expert); }});
  }
}

void add_places(const ActionContext& context, std::string_view query, std::vector<Entry>& out) {
  const ProbeTokens& tokens = *context.in.snapshot->tokens;
  const std::vector<TextPlace> places = find_text(tokens, query);
  if (places.empty()) return;
  const auto length = static_cast<std::size_t>(std::max(1, tokens.sequence_length));
  const std::string quoted = fmt::format("“{}”", query);
  const auto entry = [&](std::string title, std::string detail, std::size_t first, std::size_t last) {
    std::vector<std::uint8_t> mask(tokens.text.size(), 0);
    for (std::size_t p = first; p < last; ++p) std::fill(mask.begin() + static_cast<std::ptrdiff_t>(places[p].begin), mask.begin() + static_cast<std::ptrdiff_t>(places[p].end), 1);
    out.push_back({.group = "Text",
                   .title = std::move(title),
                   .detail = std::move(detail),
                   .run = [mask, quoted, passage = places[first].begin / length](const ActionContext& c) {
                     select_mask(c, mask, quoted);
                     c.ui.passage = passage;
                   }});
  };
  entry(fmt::format("{} {}", places.size(), places.size() == 1 ? "place" : "places"),
        fmt::format("of {} in the validation passages", quoted), 0, places.size());
  for (std::size_t p = 0; p < std::min(places.size(), kMostPlaces) && places.size() > 1; ++p) {
    std::string words = context_before(tokens, places[p].begin, 16);
    const std::size_t marked = words.size();
    for (std::size_t t = places[p].begin; t < places[p].end; ++t) words += tokens.text[t] == "\n" ? "↵" : tokens.text[t];
    const std::size_t marked_end = words.size();
    words += context_after(tokens, places[p].end - 1, 24);
    entry(std::move(words), fmt::format("passage {}, position {}", places[p].begin / length + 1, places[p].begin % length), p, p + 1);
    for (std::size_t b = marked; b < marked_end; ++b) out.back().marked.push_back(b);
  }
}

void add_terms(std::string_view query, std::vector<Entry>& out) {
  if (query.size() < 2) return;
  for (const Term* const term : terms_with(query))
    out.push_back({.group = "Term",
                   .title = std::string(term->note->name),
                   .detail = std::string(term->note->what),
                   .run = [name = std::string(term->note->name)](const ActionContext& c) { c.ui.reading.term = name; }});
}

void add_events(const ActionContext& context, std::string_view query, std::vector<Entry>& out) {
  if (query.size() < 2) return;
  const std::vector<Happening>& all = context.in.run.happenings().all;
  std::size_t found = 0;
  for (auto one = all.rbegin(); one != all.rend() && found < kMostEvents; ++one) {
    auto match = fuzzy_match(query, one->what);
    if (!match) continue;
    ++found;
    out.push_back({.group = "Event",
                   .title = one->what,
                   .detail = fmt::format("step {}", viz::grouped(static_cast<double>(one->step))),
                   .marked = std::move(match->at),
                   .swatch = colour_of(context.in.theme, one->kind),
                   .run = [happening = *one](const ActionContext& c) { go_to(c.in, c.ui, happening); }});
  }
}

std::vector<Entry> find_entries(const ActionContext& context, std::string_view query) {
  std::vector<Entry> out;
  add_experts(context, query, out);
  if (!context.in.snapshot) add_terms(query, out), add_events(context, query, out);
  if (!context.in.snapshot || query.empty()) return out;
  for (NamedGroup& group : find_groups(*context.in.snapshot, query)) {
    const auto members = std::count(group.members.begin(), group.members.end(), 1);
    out.push_back({.group = group.what,
                   .title = group.name,
                   .detail = fmt::format("{} of the probe", members),
                   .enabled = members > 0,
                   .run = [group](const ActionContext& c) { select_mask(c, group.members, group.what + " " + group.name); }});
  }
  add_terms(query, out);
  add_events(context, query, out);
  if (context.in.snapshot->tokens) add_places(context, query, out);
  return out;
}

// The title with its matched letters in the accent's colour; returns where it ends.
float draw_marked(const Skin& skin, ImDrawList* list, ImVec2 at, float room, const Entry& entry, viz::Colour ink) {
  const viz::Theme& t = skin.theme;
  const float width = text_size(t.fonts.body, entry.title).x;
  if (width > room || entry.marked.empty()) {
    draw_clipped_text(list, t.fonts.body, at, room, ink, entry.title);
    return at.x + std::min(width, room);
  }
  std::size_t next = 0;
  float x = at.x;
  for (std::size_t begin = 0; begin < entry.title.size();) {
    while (next < entry.marked.size() && entry.marked[next] < begin) ++next;
    const bool marked = next < entry.marked.size() && entry.marked[next] == begin;
    std::size_t end = begin + 1, m = next + 1;
    if (marked) {
      while (m < entry.marked.size() && entry.marked[m] == end) ++m, ++end;
    } else {
      end = next < entry.marked.size() ? entry.marked[next] : entry.title.size();
    }
    const std::string_view piece = std::string_view(entry.title).substr(begin, end - begin);
    draw_text(list, t.fonts.body, {x, at.y}, marked ? t.accent : ink, piece);
    x += text_size(t.fonts.body, piece).x;
    begin = end;
  }
  return x;
}

// True when it was clicked.
bool draw_entry(const Skin& skin, const Entry& entry, int index, bool lit) {
  const viz::Theme& t = skin.theme;
  const float width = ImGui::GetContentRegionAvail().x, height = skin.px(kEntryRow);
  const bool clicked = ImGui::InvisibleButton(fmt::format("##{}", index).c_str(), {width, height});
  register_item(fmt::format("{}: {}", entry.group, entry.title), entry.keys);
  if (!ImGui::IsItemVisible()) return clicked;
  const ImVec2 min = ImGui::GetItemRectMin(), max = ImGui::GetItemRectMax();
  const float middle = (min.y + max.y) / 2;
  ImDrawList* list = ImGui::GetWindowDrawList();
  if (lit || ImGui::IsItemHovered()) list->AddRectFilled(min, max, lit ? t.raised_hover : t.raised, skin.px(5));
  const viz::Colour ink = entry.enabled ? t.text : viz::faded(t.text_dim, 0.6f);
  const ImVec2 group_size = text_size(t.fonts.small, entry.group);
  draw_clipped_text(list, t.fonts.small, {min.x + skin.px(10), middle - group_size.y / 2}, skin.px(78), t.text_dim, entry.group);
  float x = min.x + skin.px(94);
  if (entry.swatch) {
    list->AddRectFilled({x, middle - skin.px(5)}, {x + skin.px(10), middle + skin.px(5)}, entry.swatch, skin.px(2));
    x += skin.px(18);
  }
  float right = max.x - skin.px(10);
  if (!entry.keys.empty()) {
    const ImVec2 size = text_size(t.fonts.mono_small, entry.keys);
    draw_text(list, t.fonts.mono_small, {right - size.x, middle - size.y / 2}, t.text_dim, entry.keys);
    right -= size.x + skin.px(12);
  }
  if (entry.chosen) {
    list->AddCircleFilled({right - skin.px(3), middle}, skin.px(3), t.accent, 12);
    right -= skin.px(16);
  }
  const float line = text_size(t.fonts.body, "X").y;
  x = draw_marked(skin, list, {x, middle - line / 2}, right - x, entry, ink) + skin.px(12);
  const ImVec2 detail = text_size(t.fonts.small, entry.detail);
  if (right - x > skin.px(60))
    draw_clipped_text(list, t.fonts.small, {x, middle - detail.y / 2}, right - x, t.text_dim, entry.detail);
  return clicked;
}

// Arrow keys on the list; returns whether the lit row moved.
bool move_choice(Palette& palette, int count) {
  const int before = palette.lit;
  if (viz::key_pressed(viz::Key::down, true)) ++palette.lit;
  if (viz::key_pressed(viz::Key::up, true)) --palette.lit;
  if (count > 0) palette.lit = (palette.lit + count) % count;
  return palette.lit != before;
}

}  // namespace

void draw_palette(const ActionContext& context) {
  Palette& palette = context.ui.palette;
  if (palette.open == Palette::Open::nothing) return;
  const Skin skin{context.in.theme, context.in.scale};
  const viz::Theme& t = skin.theme;
  const bool finds = palette.open == Palette::Open::find;
  const std::vector<Entry> entries =
      finds ? find_entries(context, palette.text) : command_entries(context, palette.text);
  const int count = static_cast<int>(entries.size());
  const bool moved = move_choice(palette, count);
  palette.lit = std::clamp(palette.lit, 0, std::max(0, count - 1));

  const ImVec2 screen = ImGui::GetIO().DisplaySize;
  // A low window has it higher up, and rows as many as end inside of it.
  const float top = std::min(skin.px(kTop), std::round(screen.y * 0.08f));
  const float around = 2 * skin.px(kPad) + text_size(t.fonts.mono, "0").y + skin.px(8) + skin.px(kBelowField);
  const int most =
      std::clamp(static_cast<int>((screen.y - top - around - skin.px(kPad)) / skin.px(kEntryRow)), 1, kRows);
  ImGui::SetNextWindowPos({screen.x / 2, top}, ImGuiCond_Always, {0.5f, 0});
  ImGui::SetNextWindowSize({std::min(skin.px(kWidth), screen.x - skin.px(24)), 0});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, {skin.px(kPad), skin.px(kPad)});
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, skin.px(10));
  ImGui::PushStyleVar(ImGuiStyleVar_ItemSpacing, {0, 0});
  ImGui::PushStyleColor(ImGuiCol_WindowBg, t.panel);
  ImGui::PushStyleColor(ImGuiCol_Border, t.hairline);
  ImGui::Begin("##palette", nullptr,
               ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoMove |
                   ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoNavInputs);
  const std::string before = palette.text;
  const bool entered =
      text_input(skin, finds ? "##find" : "##command", &palette.text, ImGui::GetContentRegionAvail().x,
                 finds ? "an expert (E12), a term, an event, a domain or class, a text" : "what to do",
                 std::exchange(palette.just_opened, false));
  const bool typing = ImGui::IsItemActive();
  if (palette.text != before) palette.lit = 0;
  ImGui::Dummy({0, skin.px(kBelowField)});

  int run = -1;
  const int rows = std::clamp(count, 1, most);
  viz::begin_child("entries", {0, skin.px(kEntryRow) * static_cast<float>(rows)}, false, ImGuiWindowFlags_NoNavInputs);
  if (count == 0) {
    const ImVec2 at = ImGui::GetCursorScreenPos();
    draw_text(ImGui::GetWindowDrawList(), t.fonts.body, {at.x + skin.px(10), at.y + skin.px(6)}, t.text_dim,
              finds ? "no term, and not in this model or its passages" : "no such action");
  }
  for (int i = 0; i < count; ++i) {
    const bool lit = i == palette.lit;
    if (draw_entry(skin, entries[static_cast<std::size_t>(i)], i, lit)) run = i;
    if (lit && moved && !ImGui::IsItemVisible()) ImGui::SetScrollHereY(0.5f);
  }
  ImGui::EndChild();
  register_item(
      "palette", ImGui::GetWindowPos(),
      {ImGui::GetWindowPos().x + ImGui::GetWindowSize().x, ImGui::GetWindowPos().y + ImGui::GetWindowSize().y});
  const bool away = ImGui::IsMouseClicked(ImGuiMouseButton_Left) &&
                    !ImGui::IsWindowHovered(ImGuiHoveredFlags_RootAndChildWindows |
                                            ImGuiHoveredFlags_AllowWhenBlockedByActiveItem) && !ImGui::IsWindowAppearing();
  ImGui::End();
  ImGui::PopStyleColor(2);
  ImGui::PopStyleVar(3);

  if (entered && viz::key_pressed(viz::Key::enter) && count > 0) run = palette.lit;
  const bool escaped = viz::key_pressed(viz::Key::escape);
  if (run >= 0 || escaped || away) {
    palette = {};
    ImGui::SetWindowFocus(nullptr);
  } else if (!typing && ImGui::IsMouseReleased(ImGuiMouseButton_Left)) {
    palette.just_opened = true;  // the field keeps the keyboard
  }
  if (run >= 0 && entries[static_cast<std::size_t>(run)].enabled) entries[static_cast<std::size_t>(run)].run(context);
}

void open_palette(UiState& ui, Palette::Open what) {
  const bool close = ui.palette.open == what;
  ui.palette = {};
  if (!close) ui.palette.open = what;
}

}  // namespace switchyard::app
