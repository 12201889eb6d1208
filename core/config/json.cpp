#include "core/config/json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <system_error>
#include <vector>

#include "core/config/knobs.h"

namespace switchyard {
namespace {

struct Place {
  std::size_t line = 1, column = 1;
};

Place place_of(std::string_view text, std::size_t offset) {
  Place place;
  for (const char c : text.substr(0, std::min(offset, text.size()))) {
    if (c == '\n') {
      ++place.line;
      place.column = 1;
    } else {
      ++place.column;
    }
  }
  return place;
}

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '+' || c == '-' || c == '.'; }

// The bare word around an offset: NaN, -Infinity, 007.
std::string_view word_at(std::string_view text, std::size_t offset) {
  std::size_t begin = std::min(offset, text.size()), end = begin;
  while (begin > 0 && in_word(text[begin - 1])) --begin;
  while (end < text.size() && in_word(text[end])) ++end;
  return text.substr(begin, end - begin);
}

bool is_not_a_number(std::string_view word) {
  std::string lower(word);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  if (!lower.empty() && (lower[0] == '-' || lower[0] == '+')) lower.erase(0, 1);
  return lower == "nan" || lower == "inf" || lower == "infinity";
}

std::string in_key(const std::string& key) { return key.empty() ? "" : fmt::format(" at key '{}'", key); }

std::size_t distance(std::string_view a, std::string_view b) {  // Levenshtein
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row[b.size()];
}

Error wrong_type(const Knob& knob, const Json& value, const std::string& where) {
  std::string shown = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (shown.size() > 40) shown = shown.substr(0, 37) + "...";
  return usage_error(fmt::format("{}: {} = {}: wants {} {}, allowed is {}", where, knob.key, shown,
                                 knob.type == KnobType::integer ? "an" : "a", name_of(knob.type),
                                 allowed_range(knob)));
}

// The value as set_from_text takes it; empty optional: a wrong type.
std::optional<std::string> text_of(const Knob& knob, const Json& value) {
  switch (knob.type) {
    case KnobType::boolean:
      if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
      return std::nullopt;
    case KnobType::integer:
      if (value.is_number_float()) {
        const double number = value.get<double>();
        if (number != std::floor(number)) return std::nullopt;
        return fmt::format("{:.0f}", number);
      }
      if (value.is_number()) return value.dump();
      return std::nullopt;
    case KnobType::real:
      if (value.is_number()) return value.dump();
      return std::nullopt;
    case KnobType::choice:
    case KnobType::text:
      if (value.is_string()) return value.get<std::string>();
      return std::nullopt;
  }
  return std::nullopt;
}

template <class Any>
Result<Any> parse_as(std::string_view text, const std::string& where) {
  std::string last_key, duplicate;
  std::vector<std::set<std::string>> keys;  // of the objects we are inside of
  const typename Any::parser_callback_t watch = [&](int, typename Any::parse_event_t event, Any& parsed) {
    using Event = typename Any::parse_event_t;
    if (event == Event::object_start) keys.emplace_back();
    else if (event == Event::object_end && !keys.empty()) keys.pop_back();
    else if (event == Event::key) {
      last_key = parsed.template get<std::string>();
      if (!keys.empty() && !keys.back().insert(last_key).second && duplicate.empty()) duplicate = last_key;
    }
    return true;
  };
  try {
    Any parsed = Any::parse(text.begin(), text.end(), watch);
    if (!duplicate.empty()) return usage_error(fmt::format("{}: key '{}' appears twice", where, duplicate));
    return parsed;
  } catch (const typename Any::parse_error& e) {
    const std::size_t offset = e.byte > 0 ? e.byte - 1 : 0;
    const Place place = place_of(text, offset);
    const std::string at = fmt::format("{}: line {}, column {}", where, place.line, place.column);
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos)
      return usage_error(fmt::format("{}: the file is empty; wants a JSON object", where));
    const std::string_view word = word_at(text, offset);
    if (is_not_a_number(word))
      return usage_error(fmt::format("{}: {} is not a finite number{}", at, word, in_key(last_key)));
    if (offset >= text.size())
      return usage_error(fmt::format("{}: the JSON ends too early{}", at, in_key(last_key)));
    return usage_error(fmt::format("{}: not valid JSON{}", at, in_key(last_key)));
  } catch (const typename Any::exception&) {
    // The one thing the parser refuses outside of syntax: 1e999.
    return usage_error(fmt::format("{}: a number is too large{}", where, in_key(last_key)));
  }
}

}  // namespace

Json to_json(const Config& config) {
  Json object = Json::object();
  for (const Knob& knob : knobs())
    std::visit([&](const auto& value) { object[std::string(knob.key)] = value; }, knob.get(config));
  return object;
}

std::string to_json_text(const Config& config) {
  return to_json(config).dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string_view nearest_knob(std::string_view key) {
  std::string_view best;
  std::size_t least = std::max<std::size_t>(2, key.size() / 3) + 1;
  for (const Knob& knob : knobs()) {
    const std::size_t d = distance(key, knob.key);
    if (d < least) {
      least = d;
      best = knob.key;
    }
  }
  return best;
}

Result<Config> config_from_json(const Json& object, const Config& base, const std::string& where) {
  if (!object.is_object())
    return usage_error(fmt::format("{}: wants a JSON object of knobs, {{\"experts\": 8, ...}}, but is {} {}",
                                   where, object.is_array() ? "an" : "a", object.type_name()));
  // A run's config.json, with the versions and the vocabulary beside the knobs.
  if (object.contains("config")) return config_from_json(object["config"], base, where);

  Config config = base;
  for (const auto& [key, value] : object.items()) {
    const Knob* knob = find_knob(key);
    if (!knob) {
      const std::string_view nearest = nearest_knob(key);
      const std::string hint =
          nearest.empty() ? "--list-knobs shows them all" : fmt::format("did you mean '{}'?", nearest);
      return usage_error(fmt::format("{}: unknown key '{}' ({})", where, key, hint));
    }
    const auto text = text_of(*knob, value);
    if (!text) return wrong_type(*knob, value, where);
    const Result<void> set = set_from_text(config, key, *text);
    if (!set) return usage_error(fmt::format("{}: {}", where, set.error().message));
  }
  const std::vector<ConfigProblem> problems = validate(config);
  if (!problems.empty()) return usage_error(fmt::format("{}: {}", where, problems.front().message));
  return config;
}

Result<Json> parse_json(std::string_view text, const std::string& where) { return parse_as<Json>(text, where); }

Result<nlohmann::json> parse_sorted_json(std::string_view text, const std::string& where) {
  return parse_as<nlohmann::json>(text, where);
}

Result<Json> read_json_file(const std::filesystem::path& path) {
  const std::string where = path.string();
  std::error_code code;
  const auto status = std::filesystem::status(path, code);
  if (!std::filesystem::exists(status)) return usage_error(where + ": no such file");
  if (std::filesystem::is_directory(status)) return usage_error(where + ": is a folder, wants a JSON file");
  std::ifstream file(path, std::ios::binary);
  if (!file) return usage_error(where + ": cannot be read");
  std::string text(kMaxJsonBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return usage_error(where + ": cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > kMaxJsonBytes)
    return usage_error(
        fmt::format("{}: larger than {} MB, the most a JSON file may have", where, kMaxJsonBytes >> 20));
  return parse_json(text, where);
}

Result<Config> read_config_file(const std::filesystem::path& path, const Config& base) {
  const Result<Json> json = read_json_file(path);
  if (!json) return json.error();
  return config_from_json(*json, base, path.string());
}

}  // namespace switchyard
