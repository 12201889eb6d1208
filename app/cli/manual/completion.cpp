#include "app/cli/manual/completion.h"

#include <algorithm>
#include <array>

#include "app/cli/setups/presets.h"
#include "app/cli/words/cli.h"
#include "core/runs/run_rows.h"

namespace switchyard::app {
namespace {

constexpr std::array<std::string_view, 3> kShells{"bash", "zsh", "fish"};

// What the words' own names of what they take stand for.
constexpr std::pair<std::string_view, Completes> kTaken[] = {{"FILE", Completes::file},
                                                             {"FILE.png", Completes::file},
                                                             {"PATH", Completes::file},
                                                             {"DIR", Completes::folder},
                                                             {"DIR[@STEP|@NAME]", Completes::folder},
                                                             {"PRESET", Completes::preset},
                                                             {"KEY=VALUE", Completes::setting},
                                                             {"KEY=VALUES", Completes::settings},
                                                             {"N:EDIT", Completes::nothing},
                                                             {"NAME=VALUE", Completes::nothing},
                                                             {"ARM", Completes::arm},
                                                             {"N", Completes::nothing},
                                                             {"TEXT", Completes::nothing},
                                                             {"JSON", Completes::nothing},
                                                             {"WxH", Completes::nothing},
                                                             {"EXPRESSION", Completes::nothing},
                                                             {"PT", Completes::nothing},
                                                             {"SECONDS", Completes::nothing},
                                                             {"NUMBERS", Completes::nothing},
                                                             {"PANELS", Completes::nothing},
                                                             {"RUN", Completes::nothing},
                                                             {"L", Completes::nothing},
                                                             {"L.E", Completes::nothing}};

}  // namespace

std::span<const std::string_view> shell_names() { return kShells; }

std::optional<Shell> shell_of(std::string_view name) {
  const auto at = std::find(kShells.begin(), kShells.end(), name);
  if (at == kShells.end()) return std::nullopt;
  return static_cast<Shell>(at - kShells.begin());
}

CompletionTables completion_tables() {
  CompletionTables tables{command_line_words(), {knobs().begin(), knobs().end()}, {}, {}};
  for (const Preset& preset : presets()) tables.presets.push_back(preset.name);
  for (const RunColumn& column : run_columns()) tables.columns.push_back(column.key);
  return tables;
}

std::optional<Taken> taken(const CompletionTables& tables, std::string_view takes) {
  for (const auto& [name, how] : kTaken)
    if (name == takes) return Taken{how, {}};
  if (takes == "KEY") return Taken{Completes::choice, tables.columns};
  if (takes.find('|') != takes.npos) {
    Taken choice{Completes::choice, {}};
    while (!takes.empty()) {
      const std::size_t end = std::min(takes.find('|'), takes.size());
      choice.choices.emplace_back(takes.substr(0, end));
      takes.remove_prefix(std::min(end + 1, takes.size()));
    }
    return choice;
  }
  return std::nullopt;
}

std::vector<std::string> values_of(const Knob& knob) {
  if (knob.type == KnobType::boolean) return {"true", "false"};
  return {knob.choices.begin(), knob.choices.end()};
}

bool is_file(const Knob& knob) { return knob.type == KnobType::text; }

std::string completion(Shell shell, const CompletionTables& tables) {
  switch (shell) {
    case Shell::bash:
      return bash_completion(tables);
    case Shell::zsh:
      return zsh_completion(tables);
    case Shell::fish:
      break;
  }
  return fish_completion(tables);
}

std::string quoted_once(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'') quoted += "'\\''";
    else quoted += c;
  }
  return quoted + '\'';
}

std::string first_words(std::string_view help) {
  std::size_t end = help.size();
  for (const std::string_view stop : {". ", "; ", ", such as", " ("}) end = std::min(end, help.find(stop));
  help = help.substr(0, end);
  if (help.starts_with("... ")) help.remove_prefix(4);
  return std::string(help);
}

}  // namespace switchyard::app
