#include "app/window/memory/preferences.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "app/cli/setups/settings_folder.h"
#include "app/shell/layout/layouts.h"
#include "core/base/input_file.h"
#include "core/record/files/files.h"

namespace switchyard::app {
namespace {

template <class Number>
void read_number(std::string_view text, Number low, Number high, Number& out) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc() && end == text.data() + text.size() && value >= low && value <= high) out = value;
}

constexpr std::size_t kMaxBytes = 64 << 10, kMostShares = 64;

// "0.4,0.36,0.24"; empty where any of it is not a number from 0 to 1, or there are more than any layout has.
std::vector<float> read_shares(std::string_view text) {
  std::vector<float> out;
  while (!text.empty()) {
    if (out.size() == kMostShares) return {};
    const std::size_t end = std::min(text.find(','), text.size());
    float share = -1;
    read_number(text.substr(0, end), 0.0f, 1.0f, share);
    if (share < 0) return {};
    out.push_back(share);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

// Whether another version may have written this.
bool is_anothers(std::string_view key, std::string_view value) {
  const auto is_plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
  };
  const auto is_shown = [](char c) { return c >= ' ' && c <= '~'; };
  return !key.empty() && key.size() + value.size() < Preferences::kLongestOther &&
         std::ranges::all_of(key, is_plain) && !value.empty() && std::ranges::all_of(value, is_shown);
}

// "85mm 8 light svg,png,csv"; what is none of these stays as it is.
void read_figure(std::string_view value, FigureForm& into) {
  FigureForm form = into;
  std::array<std::string_view, 4> words{};
  for (std::string_view& word : words) {
    const std::size_t end = value.find(' ');
    word = value.substr(0, end);
    value = end == std::string_view::npos ? std::string_view() : value.substr(end + 1);
  }
  if (!read_figure_size(words[0], form) || !read_figure_font(words[1], form) ||
      !read_figure_formats(words[3], form))
    return;
  form.light_theme = words[2] == "light";
  into = form;
}
std::string figure_text(const FigureForm& form) {
  return fmt::format("{} {:g} {} {}", size_text(form), form.font_pt, form.light_theme ? "light" : "dark",
                     formats_text(form));
}

constexpr std::string_view kKnobs = "knobs.", kLayout = "layout.";

}  // namespace

Preferences parse_preferences(std::string_view text) {
  Preferences out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, equals), value = line.substr(equals + 1);
    if (key == "width") read_number(value, 960, 16384, out.width);
    else if (key == "height") read_number(value, 600, 16384, out.height);
    else if (key == "layer") read_number(value, 0, 1023, out.layer);
    else if (key == "scale") read_number(value, 0.0f, 4.0f, out.scale);
    else if (key == "theme") out.light_theme = value == "light";
    else if (key == "welcome") out.show_welcome = value != "0";
    else if (key == "tour_seen") out.tour_seen = value == "1";
    else if (key == "all_knobs") out.all_knobs = value == "1";
    else if (key == "figure") read_figure(value, out.figure);
    else if (const WorkspaceSpec* workspace = key == "workspace" ? find_workspace(value) : nullptr)
      out.workspace = workspace->id;
    else if (const WorkspaceSpec* one =
                 key.starts_with(kKnobs) ? find_workspace(key.substr(kKnobs.size())) : nullptr)
      out.knobs[std::string(one->name)] = value != "0";
    else if (const std::string_view layout = key.starts_with(kLayout) ? key.substr(kLayout.size()) : "";
             !layout.empty() && is_layout_key(layout)) {
      std::vector<float> shares = read_shares(value);
      if (!shares.empty()) out.shares[std::string(layout)] = std::move(shares);
    } else if (key != "workspace" && is_anothers(key, value) && out.others.size() < Preferences::kMostOthers) {
      out.others[std::string(key)] = value;
    }
  }
  return out;
}

std::string to_text(const Preferences& p) {
  std::string text = fmt::format("width={}\nheight={}\nscale={}\ntheme={}\nwelcome={}\ntour_seen={}\nall_knobs={}\nworkspace={}\nlayer={}\n", p.width,
                                 p.height, p.scale, p.light_theme ? "light" : "dark", p.show_welcome ? 1 : 0, p.tour_seen ? 1 : 0, p.all_knobs ? 1 : 0,
                                 spec_of(p.workspace).name, p.layer);
  text += fmt::format("figure={}\n", figure_text(p.figure));
  for (const auto& [workspace, shown] : p.knobs) text += fmt::format("{}{}={}\n", kKnobs, workspace, shown ? 1 : 0);
  for (const auto& [layout, shares] : p.shares)
    text += fmt::format("{}{}={}\n", kLayout, layout, fmt::join(shares, ","));
  for (const auto& [key, value] : p.others) text += fmt::format("{}={}\n", key, value);
  return text;
}

std::filesystem::path preferences_file() { return settings_folder() / "window.ini"; }

Preferences read_preferences() {
  const auto file = InputFile::open(preferences_file());
  if (!file) return {};
  const auto text = file->read_all(kMaxBytes);
  return text ? parse_preferences(*text) : Preferences{};
}

void write_preferences(const Preferences& preferences) {
  std::error_code error;
  const std::filesystem::path file = preferences_file();
  std::filesystem::create_directories(file.parent_path(), error);
  // Another version's window may have written since this one began.
  Preferences all = preferences;
  for (auto& [key, value] : read_preferences().others) all.others[key] = std::move(value);
  (void)replace_file(file, to_text(all));
}

}  // namespace switchyard::app
