#include "app/preferences.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace switchyard::app {
namespace {

template <class Number>
void read_number(std::string_view text, Number low, Number high, Number& out) {
  Number value{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (code == std::errc() && end == text.data() + text.size() && value >= low && value <= high) out = value;
}

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
    else if (key == "scale") read_number(value, 0.0f, 4.0f, out.scale);
    else if (key == "theme") out.light_theme = value == "light";
    else if (key == "welcome") out.show_welcome = value != "0";
  }
  return out;
}

std::string to_text(const Preferences& p) {
  return fmt::format("width={}\nheight={}\nscale={}\ntheme={}\nwelcome={}\n", p.width, p.height, p.scale,
                     p.light_theme ? "light" : "dark", p.show_welcome ? 1 : 0);
}

std::filesystem::path preferences_file() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  const char* home = std::getenv("HOME");
  const std::filesystem::path base =
      config && *config ? std::filesystem::path(config) : std::filesystem::path(home ? home : ".") / ".config";
  return base / "switchyard" / "window.ini";
}

Preferences read_preferences() {
  std::ifstream file(preferences_file());
  return parse_preferences(std::string(std::istreambuf_iterator<char>(file), {}));
}

void write_preferences(const Preferences& preferences) {
  std::error_code error;
  std::filesystem::create_directories(preferences_file().parent_path(), error);
  std::ofstream(preferences_file()) << to_text(preferences);
}

}  // namespace switchyard::app
