// What Ctrl+F finds: an expert by its number; a domain, class or kind by its name; a text in the probe's passages.
//
// Pure functions of the query and a snapshot.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"

namespace switchyard::app {

// "E12", "e 12", "expert 12", "12": the number; -1 where the query names no expert.
int expert_named(std::string_view query);

// A stretch of probe tokens whose text begins with the query's first character and holds all of it.
struct TextPlace {
  std::size_t begin = 0, end = 0;  // tokens
};
// Every place of the text within one passage, in order, without overlap. Case matters only if the query has a capital.
std::vector<TextPlace> find_text(const ProbeTokens& tokens, std::string_view query);

// Domains of tokens; classes and kinds of points: those with the query in their name (case never matters), with the
// mask of what belongs to each.
struct NamedGroup {
  std::string what;  // "domain", "class", "kind"
  std::string name;
  std::vector<std::uint8_t> members;  // [tokens]
};
std::vector<NamedGroup> find_groups(const Snapshot& snapshot, std::string_view query);

}  // namespace switchyard::app
