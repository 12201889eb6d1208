#include "core/operate/operation.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

namespace switchyard {
namespace {

constexpr std::string_view kFrom = " from ";

struct Verb {
  OperationKind kind;
  std::string_view word, form;
};
constexpr std::array kVerbs{
    Verb{OperationKind::clone, "clone", "clone LAYER.EXPERT [onto LAYER.EXPERT] [noise SHARE]"},
    Verb{OperationKind::remove, "remove", "remove LAYER.EXPERT ..."},
    Verb{OperationKind::merge, "merge", "merge LAYER.EXPERT LAYER.EXPERT ..."},
    Verb{OperationKind::reinitialise, "reinitialise", "reinitialise LAYER.EXPERT ..."},
    Verb{OperationKind::reinitialise_router, "reinitialise", "reinitialise router LAYER ..."},
    Verb{OperationKind::transplant, "transplant", "transplant LAYER.EXPERT onto LAYER.EXPERT from PATH"},
    Verb{OperationKind::upcycle, "upcycle", "upcycle [experts=N] [top_k=K] [r=SHARE] [groups=G]"},
    Verb{OperationKind::split, "split", "split LAYER.EXPERT or split all"},
};

const Verb& verb_of(OperationKind kind) {
  return *std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& verb) { return verb.kind == kind; });
}

Error no_operation(std::string_view line) {
  std::string forms;
  for (const Verb& verb : kVerbs) forms += fmt::format("{}{}", forms.empty() ? "" : "; ", verb.form);
  return usage_error(fmt::format("'{}' is no operation on experts; there are: {}", line, forms));
}

Error not_of_form(OperationKind kind, std::string_view line) {
  return usage_error(fmt::format("'{}': expected is {}", line, verb_of(kind).form));
}

std::optional<std::int32_t> index_of(std::string_view text) {
  std::int32_t value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = code == std::errc() && end == text.data() + text.size() && value >= 0;
  return good ? std::optional(value) : std::nullopt;
}

std::optional<double> share_of(const std::string& text) {
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool good = code == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 1;
  return good ? std::optional(value) : std::nullopt;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

std::vector<std::string> words_of(std::string_view line) {
  std::istringstream stream{std::string(line)};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(std::move(word));
  return words;
}

// Takes the last two words, if the first of them is `key`.
std::optional<std::string> taken(std::vector<std::string>& words, std::string_view key) {
  if (words.size() < 2 || words[words.size() - 2] != key) return std::nullopt;
  std::string value = std::move(words.back());
  words.resize(words.size() - 2);
  return value;
}

constexpr std::int64_t kMost = 256;  // experts, their choices, parts of a feed-forward

// "experts=8 top_k=2 r=0.5 groups=2"; a number alone is the experts'.
Result<Upcycling> upcycling_of(const std::vector<std::string>& words, std::string_view line, const Error& wrong) {
  Upcycling upcycling;
  std::vector<std::string> given;
  for (const std::string& word : words) {
    const std::size_t equals = word.find('=');
    const std::string key = equals == word.npos ? "experts" : word.substr(0, equals);
    const std::string value = equals == word.npos ? word : word.substr(equals + 1);
    std::int64_t* const number = key == "experts"  ? &upcycling.experts
                                 : key == "top_k"  ? &upcycling.top_k
                                 : key == "groups" ? &upcycling.groups
                                                   : nullptr;
    if ((!number && key != "r") || std::find(given.begin(), given.end(), key) != given.end()) return wrong;
    given.push_back(key);
    if (key == "r") {
      const auto share = share_of(value);
      if (!share) return usage_error(fmt::format("'{}': r = {}: allowed is 0 to 1", line, value));
      upcycling.redrawn = *share;
      continue;
    }
    const auto read = index_of(value);
    if (!read || *read < 1 || *read > kMost)
      return usage_error(fmt::format("'{}': {} = {}: allowed is 1 to {}", line, key, value, kMost));
    *number = *read;
  }
  return upcycling;
}

std::string text_of(const Upcycling& upcycling) {
  std::string text;
  if (upcycling.experts > 0) text += fmt::format(" experts={}", upcycling.experts);
  if (upcycling.top_k > 0) text += fmt::format(" top_k={}", upcycling.top_k);
  if (upcycling.redrawn > 0) text += fmt::format(" r={}", upcycling.redrawn);
  if (upcycling.groups > 1) text += fmt::format(" groups={}", upcycling.groups);
  return text;
}

}  // namespace

std::string text_of(const Operation& operation) {
  std::string text(verb_of(operation.kind).word);
  if (operation.kind == OperationKind::reinitialise_router) {
    text += " router";
    for (const std::int32_t block : operation.routers) text += fmt::format(" {}", block);
  }
  if (operation.kind == OperationKind::upcycle) return text + text_of(operation.upcycling);
  if (operation.kind == OperationKind::split && operation.experts.empty()) text += " all";
  for (const ExpertName& name : operation.experts) text += " " + text_of(name);
  if (operation.onto) text += " onto " + text_of(*operation.onto);
  if (operation.kind == OperationKind::clone && operation.noise != Operation::kNoise)
    text += fmt::format(" noise {}", operation.noise);
  if (!operation.checksum.empty()) text += " checked " + operation.checksum;
  if (operation.kind == OperationKind::transplant) text += std::string(kFrom) + operation.source;
  return text;
}

Result<Operation> operation_of(std::string_view line) {
  Operation operation;
  // A path is all that follows, blanks included.
  const std::size_t from = line.find(kFrom);
  std::vector<std::string> words = words_of(line.substr(0, from));
  const auto verb = std::find_if(kVerbs.begin(), kVerbs.end(),
                                 [&](const Verb& one) { return !words.empty() && words[0] == one.word; });
  if (verb == kVerbs.end()) return no_operation(line);
  operation.kind = verb->kind;
  words.erase(words.begin());
  if (operation.kind == OperationKind::reinitialise && !words.empty() && words[0] == "router") {
    operation.kind = OperationKind::reinitialise_router;
    words.erase(words.begin());
  }
  const auto wrong = [&] { return not_of_form(operation.kind, line); };

  const bool is_transplant = operation.kind == OperationKind::transplant;
  if (is_transplant != (from != std::string_view::npos)) return wrong();
  if (is_transplant) operation.source = std::string(trimmed(line.substr(from + kFrom.size())));
  if (is_transplant && operation.source.empty()) return wrong();

  if (operation.kind == OperationKind::reinitialise_router) {
    for (const std::string& word : words) {
      const auto block = index_of(word);
      if (!block) return wrong();
      operation.routers.push_back(*block);
    }
    return operation.routers.empty() ? Result<Operation>(wrong()) : Result<Operation>(std::move(operation));
  }
  if (operation.kind == OperationKind::upcycle) {
    auto upcycling = upcycling_of(words, line, wrong());
    if (!upcycling) return upcycling.error();
    operation.upcycling = *upcycling;
    return operation;
  }
  if (operation.kind == OperationKind::split && words == std::vector<std::string>{"all"}) return operation;
  if (operation.kind == OperationKind::clone)
    if (const auto text = taken(words, "noise")) {
      const auto noise = share_of(*text);
      if (!noise) return usage_error(fmt::format("'{}': noise = {}: allowed is 0 to 1", line, *text));
      operation.noise = *noise;
    }
  if (is_transplant)
    if (auto text = taken(words, "checked")) operation.checksum = std::move(*text);
  if (operation.kind == OperationKind::clone || is_transplant)
    if (const auto text = taken(words, "onto")) {
      const auto onto = expert_named(*text);
      if (!onto) return onto.error();
      operation.onto = *onto;
    }
  for (const std::string& word : words) {
    const auto name = expert_named(word);
    if (!name) return name.error();
    operation.experts.push_back(*name);
  }
  const bool is_one =
      operation.kind == OperationKind::clone || operation.kind == OperationKind::split || is_transplant;
  const std::size_t least = operation.kind == OperationKind::merge ? 2 : 1;
  if (operation.experts.size() < least || (is_one && operation.experts.size() != 1)) return wrong();
  if (is_transplant && !operation.onto) return wrong();
  return operation;
}

}  // namespace switchyard
