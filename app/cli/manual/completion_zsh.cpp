// _arguments does the words; what --set and arms take is worked out here.
#include <fmt/format.h>

#include "app/cli/manual/completion.h"

namespace switchyard::app {
namespace {

std::string zsh_action(const Taken& taken) {
  switch (taken.how) {
    case Completes::nothing:
      return " ";
    case Completes::file:
      return "_files";
    case Completes::folder:
      return "_files -/";
    case Completes::choice:
      return fmt::format("({})", fmt::join(taken.choices, " "));
    case Completes::preset:
      return "_switchyard_presets";
    case Completes::setting:
    case Completes::settings:
      return "_switchyard_setting";
    case Completes::arm:
      break;
  }
  return "_switchyard_arm";
}

// Between brackets, or before a colon, of a specification.
std::string zsh_text(std::string_view text) {
  std::string out;
  for (const char c : first_words(text)) {
    if (c == '[' || c == ']' || c == ':' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

std::string zsh_spec(const CompletionTables& tables, const WordOption& option) {
  const std::string action = zsh_action(taken(tables, option.takes).value_or(Taken{}));
  if (option.positional)
    return quoted_once(fmt::format("{}:{}:{}", option.repeats ? "*" : "", zsh_text(option.help), action));
  std::string of;
  for (const std::string& name : option.names) {
    const std::string once = option.repeats ? "'*'" : "";
    // "--set=": its value may stand behind "=" as well.
    const std::string spec =
        fmt::format("{}{}[{}]{}", name, option.takes.empty() ? "" : "=", zsh_text(option.help),
                    option.takes.empty() ? "" : fmt::format(":{}:{}", zsh_text(option.names.back()), action));
    of += (of.empty() ? "" : " ") + once + quoted_once(spec);
  }
  return of;
}

constexpr std::string_view kZshBegin = R"sh(#compdef switchyard
# zsh completion for switchyard: what `switchyard --completion zsh` prints

_switchyard_presets() {
  compadd -a _switchyard_own
  compadd -- ${XDG_CONFIG_HOME:-$HOME/.config}/switchyard/presets/*.json(N:t:r)
}

# KEY, or KEY=VALUE; several values where a comma stands already.
_switchyard_setting() {
  local key=${PREFIX%%=*}
  local -a values
  if ! compset -P '*='; then
    _describe -t knobs knob _switchyard_knobs -qS = && return
    return 1
  fi
  if (( ${_switchyard_files[(Ie)$key]} )); then
    _files
    return
  fi
  compset -P '*,'
  values=(${=_switchyard_values[$key]})
  compadd -a values
}

# [NAME=]PRESET, a file or a folder, with ,KEY=VALUE behind it.
_switchyard_arm() {
  if compset -P '*,'; then
    _switchyard_setting
    return
  fi
  compset -P '*='
  _switchyard_presets
  _files
}
)sh";

constexpr std::string_view kZshEnd = R"sh(
_switchyard() {
  local curcontext=$curcontext state line
  local -A opt_args
  _arguments -C -s -S $_switchyard_program '1: :->first' '*:: :->rest' && return
  case $state in
    first)
      _describe -t commands command _switchyard_commands
      _files
      ;;
    rest)
      case $line[1] in
)sh";

}  // namespace

std::string zsh_completion(const CompletionTables& tables) {
  std::string text(kZshBegin);
  std::vector<std::string> files;
  text += "\ntypeset -ga _switchyard_own=(" + fmt::format("{}", fmt::join(tables.presets, " ")) + ")\n";
  text += "typeset -ga _switchyard_knobs=(\n";
  for (const Knob& knob : tables.knobs) {
    text += fmt::format("  {}\n", quoted_once(fmt::format("{}:{}", knob.key, zsh_text(knob.label))));
    if (is_file(knob)) files.emplace_back(knob.key);
  }
  text += fmt::format(")\ntypeset -ga _switchyard_files=({})\n", fmt::join(files, " "));
  text += "typeset -gA _switchyard_values=(\n";
  for (const Knob& knob : tables.knobs)
    if (const auto values = values_of(knob); !values.empty())
      text += fmt::format("  {} {}\n", knob.key, quoted_once(fmt::format("{}", fmt::join(values, " "))));
  text += ")\ntypeset -ga _switchyard_commands=(\n";
  for (const WordCommand& command : tables.words.commands)
    if (!command.name.empty())
      text += fmt::format("  {}\n", quoted_once(fmt::format("{}:{}", command.name, zsh_text(command.help))));
  text += ")\ntypeset -ga _switchyard_program=(\n";
  for (const WordOption& option : tables.words.commands.front().options)
    if (!option.positional) text += fmt::format("  {}\n", zsh_spec(tables, option));
  text += ")\n" + std::string(kZshEnd);
  for (const WordCommand& command : tables.words.commands) {
    if (command.name.empty()) continue;
    text += fmt::format("        {})\n          _arguments -s -S{}", command.name,
                        command.takes_all ? " $_switchyard_program" : "");
    for (const WordOption& option : command.options) {
      if (command.takes_all && option.names.back() == "--help") continue;  // the program's
      text += " \\\n            " + zsh_spec(tables, option);
    }
    text += "\n          ;;\n";
  }
  text += "        *) _files ;;\n      esac\n      ;;\n  esac\n}\n\n";
  // Read by a shell that begins, or called as the function of a file.
  return text +
         "if [[ $funcstack[1] == _switchyard ]]; then\n  _switchyard \"$@\"\nelse\n  compdef _switchyard "
         "switchyard\nfi\n";
}

}  // namespace switchyard::app
