#include "core/record/script/script_lines.h"

#include <fmt/format.h>

namespace switchyard {
namespace {

constexpr std::string_view kIf = "  #if ", kElse = "  #else ";

// The text before a separator, which is cut off with it; all of it where there is none.
std::string_view cut_before(std::string_view& text, std::string_view separator) {
  const std::size_t at = text.find(separator);
  const std::string_view before = text.substr(0, at);
  text.remove_prefix(at == std::string_view::npos ? text.size() : at + separator.size());
  return before;
}

}  // namespace

Result<bool> condition_holds(std::string_view condition, const WordHolds& holds) {
  bool any = false;
  while (!condition.empty()) {
    std::string_view alternative = cut_before(condition, " or ");
    bool all = true;
    // Every word is looked at, so that an unknown one is told of in any configuration.
    while (!alternative.empty()) {
      std::string_view word = cut_before(alternative, " and ");
      const bool negated = word.starts_with("not ");
      if (negated) word.remove_prefix(4);
      const auto told = holds(word);
      if (!told) return failure(fmt::format("a condition has '{}', which means nothing", word));
      all = all && *told != negated;
    }
    any = any || all;
  }
  return any;
}

Result<std::string> lines_that_hold(std::string_view part, const WordHolds& holds) {
  std::string lines;
  while (!part.empty()) {
    std::string_view condition = cut_before(part, "\n"), line = cut_before(condition, kIf);
    if (!condition.empty()) {
      std::string_view other = condition;
      const std::string_view asked = cut_before(other, kElse);
      const bool has_other = asked.size() < condition.size();
      const auto held = condition_holds(asked, holds);
      if (!held) return held.error();
      if (!*held && !has_other) continue;
      if (!*held) {
        lines += line.substr(0, line.find_first_not_of(' '));
        line = other;
      }
    }
    lines += line.substr(0, line.find_last_not_of(' ') + 1);
    lines += '\n';
  }
  return lines;
}

}  // namespace switchyard
