// The built-in corpus: a seeded writer of short documents in five kinds of text that look different to a
// router, so that one can see what experts specialise in. In the spirit of TinyStories (Eldan & Li 2023),
// written by a grammar; every sum in it is right and every pronoun agrees.
//
// Deterministic on every platform: nothing but RandomStream decides. Plain ASCII.
// Thread safety: pure functions.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard {

enum class StoryDomain : std::uint8_t { narrative, dialogue, arithmetic, lists, code };
inline constexpr std::array<std::string_view, 5> kStoryDomainNames{"narrative", "dialogue", "arithmetic", "lists",
                                                                   "code"};

struct StoryDocument {
  StoryDomain domain = StoryDomain::narrative;
  std::string text;  // lines without an empty one between or after them; no newline at the end
};

// One document. Each (seed, domain, number) is a document of its own.
StoryDocument write_story(std::uint64_t seed, StoryDomain domain, std::uint64_t number);

// About `characters` characters of documents, blank lines between them included, no two alike, in
// random order and in fixed proportions of the domains.
std::vector<StoryDocument> write_stories(std::uint64_t seed, std::size_t characters);

}  // namespace switchyard
