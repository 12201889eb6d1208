// Needs nothing of the bash-completion package. The line is split at blanks, as "=" and ":" divide words for
// readline but not for the program; what is offered replaces what stands behind the last of these.
//
// What is typed, and what a preset of the user's own is called, is text: it is compared and never expanded
// (`compgen -W` would run the $(command) in it), and a name is offered as the shell has to be given it.
#include <fmt/format.h>

#include "app/cli/manual/completion.h"

namespace switchyard::app {
namespace {

std::string bash_row(std::string_view pattern, const std::vector<std::string>& words) {
  return fmt::format("    {}) echo {} ;;\n", pattern, quoted_once(fmt::format("{}", fmt::join(words, " "))));
}

// What a function of the script does for `taken`; "$cur" is what stands there already.
std::string bash_action(const Taken& taken) {
  switch (taken.how) {
    case Completes::nothing:
      return "_switchyard_offer";
    case Completes::file:
      return "compopt -o default";
    case Completes::folder:
      return "compopt -o dirnames";
    case Completes::choice:
      return fmt::format("_switchyard_offer {}", fmt::join(taken.choices, " "));
    case Completes::preset:
      return "_switchyard_preset";
    case Completes::setting:
      return "_switchyard_setting";
    case Completes::settings:
      return "_switchyard_setting ,";
    case Completes::arm:
      break;
  }
  return "_switchyard_arm";
}

std::string bash_name(const std::string& command) { return command.empty() ? "program" : command; }

constexpr std::string_view kBashBegin =
    R"sh(# bash completion for switchyard: what `switchyard --completion bash` prints

# A line each, as they are typed.
_switchyard_presets() {
  local file
  printf '%s\n' $_switchyard_own
  for file in "${XDG_CONFIG_HOME:-$HOME/.config}"/switchyard/presets/*.json; do
    [[ -e $file ]] && file=${file##*/} && printf '%q\n' "${file%.json}"
  done
}

# Those of its words that begin as "$cur" does, from behind its last "=" or ":".
_switchyard_offer() {
  local keep=${cur%"${cur##*[=:]}"} word
  [[ $COMP_WORDBREAKS == *=* && $COMP_WORDBREAKS == *:* ]] || keep=
  COMPREPLY=()
  for word; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("${word#"$keep"}")
  done
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace
  return 0
}

# With $1 before each.
_switchyard_preset() {
  local -a names=()
  local name
  while IFS= read -r name; do names+=("${1-}$name"); done < <(_switchyard_presets)
  _switchyard_offer "${names[@]}"
}

# KEY, or KEY=VALUE; with "," several values.
_switchyard_setting() {
  local begin=${2-} what=${cur#"${2-}"} key
  local -a words=()
  if [[ $what != *=* ]]; then
    for key in $_switchyard_knobs; do words+=("$begin$key="); done
    _switchyard_offer "${words[@]}"
    return
  fi
  key=${what%%=*} what=${what#*=}
  if [[ " $_switchyard_files " == *" $key "* ]]; then
    compopt -o default
    return
  fi
  begin+=$key=
  [[ -n ${1-} ]] && begin+=${what%"${what##*,}"}
  for what in $(_switchyard_values "$key"); do words+=("$begin$what"); done
  _switchyard_offer "${words[@]}"
}

# [NAME=]PRESET, a file or a folder, with ,KEY=VALUE behind it.
_switchyard_arm() {
  if [[ $cur == *,* ]]; then
    _switchyard_setting '' "${cur%"${cur##*,}"}"
    return
  fi
  _switchyard_preset "${cur%"${cur##*=}"}"
  compopt -o plusdirs
  [[ ${#COMPREPLY[@]} != 0 ]] || compopt -o default
}
)sh";

// The command is the first word that is neither an option nor what one takes.
constexpr std::string_view kBashEnd = R"sh(
_switchyard() {
  local IFS=$' \t\n' line=${COMP_LINE:0:COMP_POINT} words=() cur='' option='' command=program at=0 word
  COMPREPLY=()
  read -r -a words <<<"$line"
  [[ $line == *[[:blank:]] ]] || { cur=${words[-1]}; unset 'words[-1]'; }
  for word in "${words[@]:1}"; do
    if [[ -n $option ]]; then
      option=
    elif [[ $word == -* ]]; then
      [[ $word == *=* || -z $(_switchyard_takes "$command $word") ]] || option=$word
    elif [[ $command == program && $at == 0 && " $_switchyard_commands " == *" $word "* ]]; then
      command=$word
    else
      at=$((at + 1))
    fi
  done
  if [[ -z $option && $cur == --*=* ]]; then
    option=${cur%%=*} cur=${cur#*=}
  fi
  if [[ -n $option ]]; then
    eval "$(_switchyard_takes "$command $option")"
  elif [[ $cur == -* ]]; then
    _switchyard_offer $(_switchyard_options "$command")
  else
    eval "$(_switchyard_takes "$command")"
    [[ $command == program && $at == 0 ]] && _switchyard_offer $_switchyard_commands
    return 0
  fi
}
complete -F _switchyard switchyard
)sh";

}  // namespace

std::string bash_completion(const CompletionTables& tables) {
  std::string text(kBashBegin);
  std::vector<std::string> keys, files, commands;
  std::string values, takes, options;
  for (const Knob& knob : tables.knobs) {
    keys.emplace_back(knob.key);
    if (is_file(knob)) files.emplace_back(knob.key);
    else if (const auto all = values_of(knob); !all.empty()) values += bash_row(knob.key, all);
  }
  for (const WordCommand& command : tables.words.commands) {
    const std::string name = bash_name(command.name);
    if (!command.name.empty()) commands.push_back(command.name);
    std::vector<std::string> names;
    const auto add = [&](const WordOption& option, bool stands) {
      const auto how = taken(tables, option.takes);
      if (stands && option.positional) takes += bash_row(quoted_once(name), {bash_action(how.value_or(Taken{}))});
      if (option.positional) return;
      for (const std::string& one : option.names) {
        names.push_back(one);
        if (!option.takes.empty())
          takes += bash_row(quoted_once(name + ' ' + one), {bash_action(how.value_or(Taken{}))});
      }
    };
    for (const WordOption& option : command.options) add(option, true);
    if (command.takes_all)
      for (const WordOption& option : tables.words.commands.front().options)
        if (option.names.back() != "--help") add(option, false);
    options += bash_row(name, names);
  }
  const auto list = [&](std::string_view name, const std::vector<std::string>& of) {
    text += fmt::format("{}={}\n", name, quoted_once(fmt::format("{}", fmt::join(of, " "))));
  };
  text += '\n';
  list("_switchyard_commands", commands);
  list("_switchyard_own", tables.presets);
  list("_switchyard_knobs", keys);
  list("_switchyard_files", files);
  const auto function = [&](std::string_view name, std::string_view rows) {
    text += fmt::format("\n{}() {{\n  case $1 in\n{}  esac\n}}\n", name, rows);
  };
  function("_switchyard_values", values);
  function("_switchyard_options", options);
  function("_switchyard_takes", takes);
  return text + std::string(kBashEnd);
}

}  // namespace switchyard::app
