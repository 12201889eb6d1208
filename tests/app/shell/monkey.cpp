#include "tests/app/shell/monkey.h"

#include <fmt/format.h>
#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "app/export/offscreen.h"
#include "app/panels/panel_table.h"
#include "app/run/notices.h"
#include "app/shell/actions/actions.h"
#include "app/shell/workbench.h"
#include "tests/app/panels/library_scene.h"
#include "viz/base/compat.h"

namespace switchyard::test {
namespace {

namespace fs = std::filesystem;

constexpr viz::Key kKeys[] = {
    viz::Key::space,   viz::Key::period,  viz::Key::digit_1, viz::Key::digit_2,   viz::Key::digit_3,
    viz::Key::digit_4, viz::Key::digit_5, viz::Key::digit_6, viz::Key::a,         viz::Key::c,
    viz::Key::d,       viz::Key::f,       viz::Key::k,       viz::Key::l,         viz::Key::p,
    viz::Key::q,       viz::Key::r,       viz::Key::s,       viz::Key::w,         viz::Key::z,
    viz::Key::escape,  viz::Key::enter,   viz::Key::tab,     viz::Key::backspace, viz::Key::delete_next,
    viz::Key::right,   viz::Key::left,    viz::Key::down,    viz::Key::up,        viz::Key::home,
    viz::Key::end,     viz::Key::f1,      viz::Key::f2,      viz::Key::f5,        viz::Key::f8,
    viz::Key::f11,     viz::Key::f12};

const ImVec2 kSizes[] = {{1280, 720}, {960, 600}, {1920, 1080}, {700, 420}, {640, 300}, {1, 1},     {0, 0},
                         {30, 2000},  {3000, 40}, {3840, 2160}, {960, 559}, {253, 500}, {1280, 61}, {90, 90}};

// What is on Dear ImGui's stacks between two windows of ours.
struct Stacks {
  int sizes[8];
  bool operator==(const Stacks& o) const {
    return std::equal(std::begin(sizes), std::end(sizes), std::begin(o.sizes));
  }
};
Stacks stacks() {
  const ImGuiContext& g = *ImGui::GetCurrentContext();
  return {{g.CurrentWindowStack.Size, g.ColorStack.Size, g.StyleVarStack.Size, g.FontStack.Size,
           g.ItemFlagsStack.Size, g.GroupStack.Size, g.BeginPopupStack.Size,
           g.CurrentWindow ? g.CurrentWindow->IDStack.Size : 0}};
}

void write(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

}  // namespace

Monkey::Monkey(std::uint64_t seed) : random_(seed, "a monkey"), run_(seed), context_(ImGui::CreateContext()) {
  ImGuiIO& io = ImGui::GetIO();
  io.IniFilename = io.LogFilename = nullptr;
  io.DisplaySize = kSizes[0];
  io.ConfigWindowsMoveFromTitleBarOnly = true;
  io.UserData = &registry_;
  viz::map_keys_without_backend();
  viz::prepare_without_renderer();

  const fs::path& at = folder_.path();
  write(at / "text.txt", std::string(3000, 'x') + "\n\"é\" — 漢字\n");
  write(at / "empty.txt", "");
  write(at / "bytes.bin", std::string("\0\xff\xfe\x80 garbage", 12));
  write(at / "broken.json", "{\"config\": [[[");
  write(at / "good.json", R"({"experts": 16})");
  std::error_code error;
  fs::create_directory(at / "run", error);
  write(at / "run" / "config.json", R"({"task": "clusters", "cluster_dims": 5})");
  fs::create_directory(at / "nothing in it", error);
  for (const char* name :
       {"text.txt", "empty.txt", "bytes.bin", "broken.json", "good.json", "run", "nothing in it", "missing", ""})
    files_.push_back((at / name).string());
  files_.push_back("\xe9.txt");
  frame(2);
}

Monkey::~Monkey() { ImGui::DestroyContext(context_); }

void Monkey::refresh_looks() {
  bool grew = glyphs_.add(ui_.prompt);
  if (live_.run().snapshot && live_.run().snapshot->tokens)
    for (const std::string& token : live_.run().snapshot->tokens->text) grew = glyphs_.add(token) || grew;
  if (ui_.scale != loaded_scale_ || grew) {
    const viz::Fonts fonts = fonts_.build(glyphs_, ui_.scale);
    theme_.fonts = fonts;
    loaded_scale_ = ui_.scale;
  }
  const viz::Fonts fonts = theme_.fonts;
  theme_ = ui_.light_theme ? viz::light() : viz::dark();
  theme_.fonts = fonts;
  theme_.tap = exports_.tap();
  viz::apply_style(theme_, ui_.scale);
}

app::PanelInput Monkey::input() {
  return {.run = live_.run(),
          .snapshot = app::shown_snapshot(ui_.timeline, live_.run().snapshot),
          .status = live_.shown_status(),
          .theme = theme_,
          .exports = exports_,
          .others = live_.runs.others(),
          .scale = ui_.scale,
          .now_s = now_s_};
}

// As Application::frame().
void Monkey::frame(int count) {
  for (int i = 0; i < count && wrong_.empty(); ++i) {
    ++frames_;
    now_s_ += one_in(50) ? 3 : 1.0 / 60;
    app::Commands commands;
    app::take_update(live_, ui_, run_.news(), now_s_);
    app::expire_toasts(ui_, now_s_);
    refresh_looks();
    for (const std::string& path : std::exchange(ui_.wants_open, {})) app::open_path(ui_, commands, path, now_s_);
    texts_.frame(ui_, commands, now_s_);
    opening_.frame(ui_, commands, now_s_);
    if (const std::string run = std::exchange(ui_.wants_shown, {}); !run.empty()) app::stand_on(live_, ui_, run);
    if (!ui_.library.listing || ui_.library.listing->query != ui_.library.query)
      app::scene::ask(ui_.library, app::scene::made_runs(30));
    ui_.wants_view.clear();
    ui_.wants_closed.clear();
    ui_.wants_also_closed.clear();

    live_.run().insight.begin_frame(nullptr);
    const app::PanelInput in = input();
    registry_.begin_frame();
    ImGui::GetIO().DeltaTime = 1.0f / 60;
    ImGui::NewFrame();
    const Stacks before = stacks();
    app::draw_workbench(in, {}, ui_, commands);
    if (!(stacks() == before)) complain("something is left on Dear ImGui's stacks");
    ImGui::Render();
    check_vertices();

    writer_.frame(live_.status, ui_, commands, now_s_);
    for (const Command& command : commands) {
      if (const std::string why = run_.complaint(command); !why.empty()) complain("the window sent " + why);
      run_.take(command);
    }
    export_panel(in);
    exports_.end_frame();
    ui_.wants_screenshot = ui_.wants_report = ui_.wants_quit = false;
    check_state();
  }
}

void Monkey::export_panel(const app::PanelInput& in) {
  const auto asked = exports_.take();
  if (!asked) return;
  const app::PanelSpec* const panel = app::find_panel(asked->panel);
  if (!panel) return complain("an export of a panel that is not there: " + asked->panel);
  app::UiState ui = ui_;
  app::Commands ignored;
  const ImVec2 size =
      asked->size.x > 0 ? asked->size : ImVec2(app::kFigureSize.x * ui_.scale, app::kFigureSize.y * ui_.scale);
  auto drawn = app::draw_off_screen(*panel, in, ui, ignored, size, asked->wish);
  ++done_["exported"];
  // Pixels are dear; one figure in some is written.
  if (!drawn || ++exports_written_ % 16 != 1) return;
  const auto files =
      app::write_export(*drawn, live_.status, {theme_, fonts_.typefaces(), ui_.scale}, folder_.path() / "figures");
  if (files)
    for (const fs::path& file : *files) fs::remove(file);
}

void Monkey::check_vertices() {
  const ImDrawData* const data = ImGui::GetDrawData();
  for (int l = 0; l < data->CmdListsCount; ++l) {
    const ImDrawList& list = *data->CmdLists[l];
    // By pointers: tests are not optimised, and there are twenty thousand of them in a frame.
    for (const ImDrawVert *v = list.VtxBuffer.Data, *end = v + list.VtxBuffer.Size; v != end; ++v)
      if (!(v->pos.x < 1e8f && v->pos.x > -1e8f && v->pos.y < 1e8f && v->pos.y > -1e8f))
        return complain(
            fmt::format("a vertex at {}, {} in {}", v->pos.x, v->pos.y, list._OwnerName ? list._OwnerName : "?"));
    for (const ImDrawCmd& cmd : list.CmdBuffer) {
      if (!std::isfinite(cmd.ClipRect.x + cmd.ClipRect.y + cmd.ClipRect.z + cmd.ClipRect.w))
        return complain("a clip that is no place");
      if (frames_ % 8 != 0) continue;
      unsigned highest = 0;
      for (const ImDrawIdx *i = list.IdxBuffer.Data + cmd.IdxOffset, *end = i + cmd.ElemCount; i != end; ++i)
        if (*i > highest) highest = *i;
      if (cmd.ElemCount > 0 && highest + cmd.VtxOffset >= static_cast<unsigned>(list.VtxBuffer.Size))
        return complain("a triangle of vertices that are not there");
    }
  }
}

void Monkey::check_state() {
  const app::UiState& ui = ui_;
  const auto want = [&](bool ok, const char* what) {
    if (!ok) complain(what);
  };
  want(std::find(std::begin(app::kScales), std::end(app::kScales), ui.scale) != std::end(app::kScales),
       "a scale that is not offered");
  want(ui.layer >= 0 && ui.layer < 1000, "a layer that cannot be");
  want(ui.hovered_expert >= -1 && ui.pinned_expert >= -1 && ui.card_expert >= -1, "an expert below none");
  want(ui.temperature >= 0 && ui.temperature <= 100 && ui.sample_top_k >= 0, "a strange temperature or top-k");
  want(std::isfinite(ui.projection.perplexity) && ui.projection.perplexity > 0, "a strange perplexity");
  want(ui.toasts.size() < 100 && ui.log.size() < 100'000, "messages without end");
  want(ui.knobs.undo.size() <= 1000 && ui.knobs.redo.size() <= 1000, "undo without end");
  want(!ui.knobs.is_set || validate(ui.knobs.sent).empty(), "a configuration was sent that is refused");
  want(ui.selection.chosen.empty() || ui.selection.count > 0, "a selection of nothing");
  for (const auto& [id, plot] : ui.plots) {
    const bool x = std::isfinite(plot.x_min) && std::isfinite(plot.x_max) && plot.x_min <= plot.x_max;
    const bool y = std::isfinite(plot.y_min) && std::isfinite(plot.y_max) && plot.y_min <= plot.y_max;
    if (!x || !y)
      return complain(
          fmt::format("the view of {}: {} to {}, {} to {}", id, plot.x_min, plot.x_max, plot.y_min, plot.y_max));
  }
  const app::Timeline& t = ui.timeline;
  want(t.fit || (std::isfinite(t.x_min) && std::isfinite(t.x_max) && t.x_min < t.x_max),
       "the view of the timeline");
  for (const auto& [key, shares] : ui.arranging.shares)
    for (const float share : shares) want(std::isfinite(share) && share > 0, "a share that is none");
}

viz::Point Monkey::somewhere() {
  const ImVec2 size = ImGui::GetIO().DisplaySize;
  // A control more often than a place between them.
  if (!registry_.items().empty() && !one_in(3)) {
    auto at = registry_.items().begin();
    std::advance(at, static_cast<std::ptrdiff_t>(below(registry_.items().size())));
    const auto in = [&](float low, float high) {
      return low + static_cast<float>(random_.uniform()) * (high - low);
    };
    doing_ += " " + at->first;
    return {in(at->second.min.x, at->second.max.x), in(at->second.min.y, at->second.max.y)};
  }
  return {static_cast<float>(random_.uniform()) * size.x, static_cast<float>(random_.uniform()) * size.y};
}

void Monkey::press_key() {
  const viz::Key key = kKeys[below(std::size(kKeys))];
  const bool ctrl = one_in(3), shift = one_in(4);
  doing_ = fmt::format("key {}{}{}", ctrl ? "ctrl " : "", shift ? "shift " : "", static_cast<int>(key));
  viz::feed_modifiers(ctrl, shift);
  viz::feed_key(key, true);
  frame(one_in(16) ? 18 : 1);
  viz::feed_key(key, false);
  viz::feed_modifiers(false, false);
  frame();
}

void Monkey::type_text() {
  constexpr const char* kTexts[] = {"E12",
                                    "0.5",
                                    "-1",
                                    "1e99",
                                    "nan",
                                    "fox",
                                    "é漢",
                                    "9999999999999999999999",
                                    "  ",
                                    "set top",
                                    "\xf0\x9f\xa6\x8a",
                                    ".",
                                    "quit",
                                    "export"};
  doing_ = "text";
  ImGui::GetIO().AddInputCharactersUTF8(kTexts[below(std::size(kTexts))]);
  frame();
}

void Monkey::click() {
  doing_ = "click on";
  const viz::Point at = somewhere();
  const int button = one_in(4) ? 1 : one_in(12) ? 2 : 0;
  viz::feed_mouse_position(at.x, at.y);
  if (one_in(6)) viz::feed_modifiers(true, false);
  frame();
  for (int i = 0, times = one_in(5) ? 2 : 1; i < times; ++i) {
    viz::feed_mouse_button(button, true);
    frame();
    viz::feed_mouse_button(button, false);
    frame();
  }
  viz::feed_modifiers(false, false);
}

void Monkey::drag() {
  doing_ = "drag from";
  const viz::Point from = somewhere();
  viz::Point to = somewhere();
  if (one_in(3)) to = {from.x + static_cast<float>(below(4000)) - 2000, from.y};
  const int button = one_in(3) ? 1 : 0;
  viz::feed_mouse_position(from.x, from.y);
  frame();
  viz::feed_mouse_button(button, true);
  frame();
  for (int i = 1; i <= 3; ++i) {
    const float t = static_cast<float>(i) / 3;
    viz::feed_mouse_position(from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t);
    frame();
  }
  if (one_in(10)) press_key();  // while it drags
  viz::feed_mouse_button(button, false);
  frame();
}

void Monkey::turn_wheel() {
  doing_ = "wheel over";
  const viz::Point at = somewhere();
  viz::feed_mouse_position(at.x, at.y);
  frame();
  for (int i = 0, times = one_in(8) ? 12 : 1; i < times && wrong_.empty(); ++i) {
    viz::feed_mouse_wheel(one_in(2) ? 3.0f : one_in(9) ? -90.0f : -3.0f);
    frame();
  }
}

void Monkey::resize() {
  // Mostly back to something to work in.
  const ImVec2 size = one_in(2) ? kSizes[below(3)] : kSizes[below(std::size(kSizes))];
  doing_ = fmt::format("size {} x {}", size.x, size.y);
  ImGui::GetIO().DisplaySize = size;
  frame(2);
}

void Monkey::run_any_action() {
  app::Commands commands;
  const app::PanelInput in = input();
  const std::vector<app::Action> passing = app::passing_actions(in, ui_);
  const auto fixed = app::actions();
  const std::size_t which = below(fixed.size() + passing.size());
  const app::Action& action = which < fixed.size() ? fixed[which] : passing[which - fixed.size()];
  doing_ = "action " + action.id;
  app::run_action(action, {in, ui_, commands});
  for (const Command& command : commands) {
    if (const std::string why = run_.complaint(command); !why.empty()) complain("the window sent " + why);
    run_.take(command);
  }
  frame(2);
}

void Monkey::drop_file() {
  ui_.wants_open.push_back(files_[below(files_.size())]);
  doing_ = "drop of " + ui_.wants_open.back();
  frame(2);
}

void Monkey::scrub() {
  doing_ = "scrubbing";
  const auto strip = registry_.items().find("Timeline/strip");
  if (strip == registry_.items().end()) return frame();
  const auto [min, max] = std::pair(strip->second.min, strip->second.max);
  viz::feed_mouse_position(min.x + static_cast<float>(random_.uniform()) * (max.x - min.x), (min.y + max.y) / 2);
  frame();
  viz::feed_mouse_button(0, true);
  for (int i = 0; i < 3; ++i) {
    viz::feed_mouse_position(min.x + static_cast<float>(random_.uniform()) * (max.x - min.x), (min.y + max.y) / 2);
    frame();
  }
  viz::feed_mouse_button(0, false);
  frame();
}

void Monkey::wait() {
  doing_ = "waiting";
  frame(one_in(10) ? 12 : 2);
}

std::string Monkey::event() {
  struct Kind {
    const char* name;
    std::uint64_t weight;
    void (Monkey::*run)();
  };
  static constexpr Kind kKinds[] = {{"key", 28, &Monkey::press_key},
                                    {"text", 8, &Monkey::type_text},
                                    {"click", 26, &Monkey::click},
                                    {"drag", 9, &Monkey::drag},
                                    {"wheel", 6, &Monkey::turn_wheel},
                                    {"resize", 6, &Monkey::resize},
                                    {"action", 12, &Monkey::run_any_action},
                                    {"drop", 2, &Monkey::drop_file},
                                    {"scrub", 3, &Monkey::scrub},
                                    {"wait", 4, &Monkey::wait}};
  std::uint64_t all = 0;
  for (const Kind& kind : kKinds) all += kind.weight;
  std::uint64_t at = below(all);
  for (const Kind& kind : kKinds) {
    if (at < kind.weight) {
      ++done_[kind.name];
      (this->*kind.run)();
      break;
    }
    at -= kind.weight;
  }
  // A window of a pixel teaches little more.
  if (ImGui::GetIO().DisplaySize.x < 200 && one_in(4)) ImGui::GetIO().DisplaySize = kSizes[0];
  return wrong_;
}

}  // namespace switchyard::test
