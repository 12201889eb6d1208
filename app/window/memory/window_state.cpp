#include "app/window/memory/window_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "app/cli/setups/settings_folder.h"
#include "core/base/file_name.h"
#include "core/base/input_file.h"
#include "core/base/json.h"
#include "core/base/printable.h"
#include "core/record/files/files.h"

namespace switchyard::app {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::size_t kMostOthersBytes = std::size_t{1} << 18;
constexpr std::size_t kMostTokens = std::size_t{1} << 16;  // of a probe
constexpr std::size_t kLongestWords = 200, kLongestId = 200;
constexpr int kMostExperts = 1 << 16;
constexpr std::string_view kDigits = "0123456789abcdef";

// Four tokens a digit, the first in the highest bit.
std::string hex_of(const std::vector<std::uint8_t>& chosen) {
  std::string hex((chosen.size() + 3) / 4, '0');
  for (std::size_t digit = 0; digit < hex.size(); ++digit) {
    unsigned value = 0;
    for (std::size_t t = 4 * digit; t < 4 * digit + 4; ++t)
      value = 2 * value + (t < chosen.size() && chosen[t] != 0);
    hex[digit] = kDigits[value];
  }
  return hex;
}

std::optional<std::vector<std::uint8_t>> chosen_of(std::string_view hex, std::int64_t tokens) {
  if (tokens < 1 || tokens > static_cast<std::int64_t>(kMostTokens) ||
      hex.size() != (static_cast<std::size_t>(tokens) + 3) / 4)
    return std::nullopt;
  std::vector<std::uint8_t> chosen;
  for (const char digit : hex) {
    const std::size_t value = kDigits.find(digit);
    if (value == kDigits.npos) return std::nullopt;
    for (const unsigned bit : {8u, 4u, 2u, 1u}) chosen.push_back((value & bit) != 0);
  }
  // None behind the last token.
  const auto end = chosen.begin() + static_cast<std::ptrdiff_t>(tokens);
  if (std::count(end, chosen.end(), 0) != chosen.end() - end || std::count(chosen.begin(), end, 0) == tokens)
    return std::nullopt;
  chosen.erase(end, chosen.end());
  return chosen;
}

std::optional<std::uint64_t> stamp_of(std::string_view hex) {
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(hex.data(), hex.data() + hex.size(), value, 16);
  if (code != std::errc() || end != hex.data() + hex.size() || value == 0) return std::nullopt;
  return value;
}

// Null: none is given. Nothing: it is none.
std::optional<int> expert_of(const Json& value) {
  if (value.is_null()) return -1;
  const std::int64_t* const expert = value.integer();
  if (!expert || *expert < 0 || *expert >= kMostExperts) return std::nullopt;
  return static_cast<int>(*expert);
}

std::optional<std::pair<std::string, ChosenIn>> chosen_from(const Json& json) {
  const std::string *const id = json["run"].text(), *const probe = json["probe"].text();
  if (!id || id->empty() || id->size() > kLongestId || !probe) return std::nullopt;
  ChosenIn in;
  const auto stamp = stamp_of(*probe);
  const auto pinned = expert_of(json["pinned"]), card = expert_of(json["card"]);
  if (!stamp || !pinned || !card) return std::nullopt;
  in.probe = *stamp, in.pinned_expert = *pinned, in.card_expert = *card;
  if (!json["chosen"].is_null()) {
    const std::string *const hex = json["chosen"].text(), *const of = json["of"].text();
    const std::int64_t* const tokens = json["tokens"].integer();
    auto chosen = hex && of && tokens && of->size() <= kLongestWords ? chosen_of(*hex, *tokens) : std::nullopt;
    if (!chosen) return std::nullopt;
    in.chosen = std::move(*chosen);
    in.of = printable(*of);
  }
  if (in.empty()) return std::nullopt;
  return std::pair(*id, std::move(in));
}

Json to_json(const std::string& id, const ChosenIn& in) {
  Json json{{"run", id}, {"probe", fmt::format("{:016x}", in.probe)}};
  if (!in.chosen.empty()) {
    json.member("tokens") = in.chosen.size();
    json.member("chosen") = hex_of(in.chosen);
    json.member("of") = in.of;
  }
  if (in.pinned_expert >= 0) json.member("pinned") = in.pinned_expert;
  if (in.card_expert >= 0) json.member("card") = in.card_expert;
  return json;
}

constexpr std::pair<const char*, Chooses> kUsed[] = {{"texts", Chooses::text},
                                                     {"opened", Chooses::run},
                                                     {"settings", Chooses::settings},
                                                     {"directories", Chooses::runs},
                                                     {"routes", Chooses::routes}};

bool is_own_member(std::string_view key) {
  return key == "folders" || key == "runs" || key == "study" || key == "sweep" ||
         std::any_of(std::begin(kUsed), std::end(kUsed), [&](const auto& used) { return used.first == key; });
}

// An absolute one; empty: it is none.
fs::path path_from(const Json& json) {
  const std::string* const name = json.text();
  fs::path path = name ? path_of_text(*name) : fs::path();
  const bool usable = path.is_absolute() && path.native().find('\0') == std::string::npos;
  return usable ? path : fs::path();
}

// Each once.
std::vector<fs::path> paths_from(const Json& json, std::size_t most) {
  std::vector<fs::path> paths;
  if (const Json::Array* items = json.array_items())
    for (const Json& item : *items) {
      fs::path path = path_from(item);
      if (!path.empty() && paths.size() < most && std::count(paths.begin(), paths.end(), path) == 0)
        paths.push_back(std::move(path));
    }
  return paths;
}

Json paths_json(const std::vector<fs::path>& paths) {
  Json json = Json::array();
  for (const fs::path& path : paths) json.push_back(text_of_path(path.native()));
  return json;
}

}  // namespace

WindowState parse_window_state(std::string_view text) {
  WindowState state;
  const auto json = parse_json(text, "the window's state");
  if (!json) return state;
  state.folders = paths_from((*json)["folders"], WindowState::kMostFolders);
  for (const auto& [key, what] : kUsed) state.used.of(what) = paths_from((*json)[key], UsedPaths::kMost);
  state.study = path_from((*json)["study"]);
  state.sweep = path_from((*json)["sweep"]);
  if (const Json::Array* runs = (*json)["runs"].array_items())
    for (const Json& item : *runs)
      if (auto run = chosen_from(item); run && state.runs.size() < WindowState::kMostRuns) {
        const bool known = std::any_of(state.runs.begin(), state.runs.end(),
                                       [&](const auto& one) { return one.first == run->first; });
        if (!known) state.runs.push_back(std::move(*run));
      }
  if (const Json::Object* members = json->members())
    for (const Json::Member& member : *members)
      if (!is_own_member(member.key)) state.others.add_member(member.key, member.value);
  if (dump_json(state.others).size() > kMostOthersBytes) state.others = Json::object();
  return state;
}

std::string to_text(const WindowState& state) {
  Json runs = Json::array();
  for (const auto& [id, in] : state.runs) runs.push_back(to_json(id, in));
  Json json{{"folders", paths_json(state.folders)}, {"runs", std::move(runs)}};
  for (const auto& [key, what] : kUsed) json.member(key) = paths_json(state.used.of(what));
  if (!state.study.empty()) json.member("study") = text_of_path(state.study.native());
  if (!state.sweep.empty()) json.member("sweep") = text_of_path(state.sweep.native());
  if (const Json::Object* others = state.others.members())
    for (const Json::Member& member : *others) json.add_member(member.key, member.value);
  return dump_json(json, 1) + '\n';
}

WindowState with_news(WindowState state, const WindowNews& news) {
  std::vector<fs::path> folders = news.recorded_in;
  for (fs::path& folder : state.folders)
    if (std::count(folders.begin(), folders.end(), folder) == 0) folders.push_back(std::move(folder));
  std::erase_if(
      folders, [&](const fs::path& folder) { return std::count(news.gone.begin(), news.gone.end(), folder) > 0; });
  if (folders.size() > WindowState::kMostFolders) folders.resize(WindowState::kMostFolders);

  auto runs = news.chosen;
  for (auto& run : state.runs)
    if (std::none_of(runs.begin(), runs.end(), [&](const auto& one) { return one.first == run.first; }))
      runs.push_back(std::move(run));
  std::erase_if(runs, [](const auto& run) { return run.second.empty(); });
  if (runs.size() > WindowState::kMostRuns) runs.resize(WindowState::kMostRuns);
  UsedPaths used = news.used;
  used.append(state.used);
  return {std::move(folders),
          std::move(runs),
          std::move(used),
          news.study.value_or(std::move(state.study)),
          news.sweep.value_or(std::move(state.sweep)),
          std::move(state.others)};
}

fs::path window_state_file() { return state_folder() / "window.json"; }

WindowState read_window_state() {
  const auto file = InputFile::open(window_state_file());
  if (!file) return {};
  const auto text = file->read_all(kMostBytes);
  return text ? parse_window_state(*text) : WindowState{};
}

void add_to_window_state(const WindowNews& news) {
  const WindowState before = read_window_state(), after = with_news(before, news);
  if (after == before) return;
  std::error_code error;
  const fs::path file = window_state_file();
  fs::create_directories(file.parent_path(), error);
  (void)replace_file(file, to_text(after));
}

}  // namespace switchyard::app
