// What a person pastes to have it learned: a line that Copy setup made, or any other of this program that says
// what to train alone, or its JSON. It is read, never run: quotes mean what they mean to a shell, and what a shell
// would expand, run or redirect is refused.
//
//   switchyard --config-text '{"experts":16}' --set top_k=1
//   switchyard --preset switch --seed 3
//   {"experts": 16}
//
// Thread safety: pure functions; presets of the user's own and the data it names are looked for in the file
// system.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/config/config.h"

namespace switchyard::app {

inline constexpr std::size_t kMostPastedBytes = std::size_t{64} << 10;

// The words that a POSIX shell would make of the line. usage: something in it is more than words.
Result<std::vector<std::string>> words_of_line(std::string_view line);

struct PastedSetup {
  Config config;
  std::vector<std::string> notes;  // what somebody should read: another text than the one it records, say
};
// runs: directories whose kept texts may be what it learns from; that is read whole. usage: it is no such line,
// names what does not say what to train (--out), its settings are not allowed, or its text is nowhere.
Result<PastedSetup> read_pasted_setup(std::string_view text, std::vector<std::filesystem::path> runs);

}  // namespace switchyard::app
