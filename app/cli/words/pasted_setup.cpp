#include "app/cli/words/pasted_setup.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "app/cli/words/words.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

constexpr std::string_view kBlanks = " \t\r\n", kSpecial = "$`;&|<>(){}[]*?#~!\n", kSpecialInQuotes = "$`";

Error no_plain_line(char c) {
  return usage_error(fmt::format("it is no plain line: {} would mean more than itself to a shell",
                                 c == '\n' ? std::string("a second line") : fmt::format("'{}'", c)));
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(kBlanks);
  return begin == std::string_view::npos ? std::string_view()
                                         : text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

bool names_program(const std::string& word) {
  const std::string name = std::filesystem::path(word).filename().native();
  return name == "switchyard" || name == "run.sh";
}

// Those that say what to train. Nothing: another one.
Result<void> take(Words& words, const std::string& option, const std::string& value) {
  const auto put = [&](std::optional<std::string>& into) { into = value; };
  if (option == "--config-text") put(words.config_text);
  else if (option == "--preset") put(words.preset);
  else if (option == "--seed") put(words.seed);
  else if (option == "--corpus") put(words.corpus);
  else if (option == "--points") put(words.points);
  else if (option == "--set") words.set.push_back(value);
  else
    return usage_error(fmt::format(
        "{}: a setup has --preset, --config-text, --corpus, --points, --seed and --set alone", printable(option)));
  return {};
}

}  // namespace

Result<std::vector<std::string>> words_of_line(std::string_view line) {
  line = trimmed(line);
  std::vector<std::string> words;
  std::optional<std::string> word;
  char quote = 0;
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (!quote && c != '\n' && kBlanks.find(c) != std::string_view::npos) {
      if (word) words.push_back(std::move(*word));
      word.reset();
      continue;
    }
    if (!word) word.emplace();
    if (quote ? c == quote : c == '\'' || c == '"') {
      quote = quote ? char{0} : c;
    } else if (quote == '\'') {
      *word += c;
    } else if (c == '\\' && i + 1 < line.size()) {
      const char next = line[++i];
      // Between double quotes it stands for itself before all but these.
      if (quote && std::string_view("\"\\$`").find(next) == std::string_view::npos) *word += c;
      if (next == '\n') return no_plain_line(next);
      *word += next;
    } else if ((quote ? kSpecialInQuotes : kSpecial).find(c) != std::string_view::npos) {
      return no_plain_line(c);
    } else {
      *word += c;
    }
  }
  if (quote) return usage_error(fmt::format("it is no whole line: a {} has no second one", quote));
  if (word) words.push_back(std::move(*word));
  return words;
}

Result<PastedSetup> read_pasted_setup(std::string_view text, std::vector<std::filesystem::path> runs) {
  text = trimmed(text);
  if (text.size() > kMostPastedBytes)
    return usage_error(
        fmt::format("it is longer than a setup: {} bytes, at most {}", text.size(), kMostPastedBytes));
  Words words;
  words.text_runs = std::move(runs);
  if (text.starts_with('{')) {
    words.config_text = std::string(text);
  } else {
    const auto line = words_of_line(text);
    if (!line) return line.error();
    if (line->empty() || !names_program(line->front()))
      return usage_error("it is no setup: switchyard --config-text '{...}', or its JSON, is one");
    for (std::size_t i = 1; i < line->size(); ++i) {
      const std::string& at = (*line)[i];
      const auto equals = at.find('=');
      const bool has_value = equals != std::string::npos && at.starts_with("--");
      const std::string option = has_value ? at.substr(0, equals) : at;
      if (!has_value && i + 1 == line->size()) {
        if (const auto known = take(words, option, {}); !known) return known.error();
        return usage_error(fmt::format("{} has no value", printable(option)));
      }
      if (const auto taken = take(words, option, has_value ? at.substr(equals + 1) : (*line)[++i]); !taken)
        return taken.error();
    }
  }
  std::string preset;
  PastedSetup pasted;
  auto config = read_config_words(words, preset, pasted.notes);
  if (!config) return config.error();
  pasted.config = std::move(*config);
  return pasted;
}

}  // namespace switchyard::app
