// Completion of the command line for a shell, as a script of that shell. All of it is made from the tables it
// completes: the parser's words, the knobs with their choices, presets, workspaces. A name that one of them gains
// is completed by itself; presets of the user's own are looked up as somebody types.
//
//   switchyard --completion bash | zsh | fish
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "app/cli/words/word_tree.h"
#include "core/config/knobs.h"

namespace switchyard::app {

enum class Shell { bash, zsh, fish };
std::span<const std::string_view> shell_names();  // in the order of the enum
std::optional<Shell> shell_of(std::string_view name);

// How what an option takes is completed; of "N", "TEXT" and their like it is not, "dark|light" is a choice.
enum class Completes { nothing, file, folder, choice, preset, setting, settings, arm };
struct Taken {
  Completes how = Completes::nothing;
  std::vector<std::string> choices;  // of a choice
};

struct CompletionTables {
  WordTree words;
  std::vector<Knob> knobs;
  std::vector<std::string> presets;  // the program's
  std::vector<std::string> columns;  // of --sort
};
// Those of this program.
CompletionTables completion_tables();

// Of WordOption::takes. Nothing: no such thing is known, which is a mistake in this program.
std::optional<Taken> taken(const CompletionTables& tables, std::string_view takes);

// What `key=` goes on with: choices, or true and false; of a file nothing, see is_file().
std::vector<std::string> values_of(const Knob& knob);
bool is_file(const Knob& knob);

std::string completion(Shell shell, const CompletionTables& tables);
std::string bash_completion(const CompletionTables& tables);
std::string zsh_completion(const CompletionTables& tables);
std::string fish_completion(const CompletionTables& tables);

// For a shell that reads it between single quotes.
std::string quoted_once(std::string_view text);
// Its first sentence, or what is before the first "; ": for a line of a menu.
std::string first_words(std::string_view help);

}  // namespace switchyard::app
