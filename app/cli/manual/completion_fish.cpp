#include <fmt/format.h>

#include "app/cli/manual/completion.h"

namespace switchyard::app {
namespace {

std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '\'';
}

// Behind "complete", for what an option takes; the shell offers files unless told not to (-f).
std::string fish_action(const Taken& taken) {
  switch (taken.how) {
    case Completes::nothing:
      return " -x";
    case Completes::file:
      return " -r -F";
    case Completes::folder:
      return " -x -a '(__fish_complete_directories)'";
    case Completes::choice:
      return " -x -a " + fish_quoted(fmt::format("{}", fmt::join(taken.choices, " ")));
    case Completes::preset:
      return " -x -a '(__switchyard_presets)'";
    case Completes::setting:
      return " -x -a '(__switchyard_setting)'";
    case Completes::settings:
      return " -x -a '(__switchyard_setting ,)'";
    case Completes::arm:
      break;
  }
  return " -r -F -a '(__switchyard_arm)'";
}

std::string fish_words(const WordOption& option) {
  std::string words;
  for (const std::string& name : option.names)
    words += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  return words;
}

constexpr std::string_view kFishBegin =
    R"sh(# fish completion for switchyard: what `switchyard --completion fish` prints

function __switchyard_presets
    printf '%s\n' $__switchyard_own
    set -l base $HOME/.config
    set -q XDG_CONFIG_HOME; and set base $XDG_CONFIG_HOME
    for file in $base/switchyard/presets/*.json
        string replace -r '\.json$' '' (basename $file)
    end
end

# KEY=, and KEY=VALUE of what is written already; with "," several values.
function __switchyard_setting
    set -l token (string replace -r '^--set=' '' -- (commandline -ct))
    set -l begin ''
    test "$argv[1]" = arm; and set begin (string match -r '.*,' -- $token)
    set -l what (string sub -s (math (string length -- "$begin") + 1) -- $token)
    if not string match -q '*=*' -- $what
        for knob in $__switchyard_knobs
            echo $begin$knob
        end
        return
    end
    set -l key (string match -r '^[^=]*' -- $what)
    set -l values (string replace -r '^[^=]*=' '' -- $what)
    if contains -- $key $__switchyard_files
        for file in (__fish_complete_path $values)
            echo $begin$key=$file
        end
        return
    end
    set begin $begin$key=
    test "$argv[1]" = ,; and set begin $begin(string match -r '.*,' -- $values; or echo)
    for value in (__switchyard_values $key)
        echo $begin$value
    end
end

# [NAME=]PRESET, with ,KEY=VALUE behind it; files and folders the shell adds itself.
function __switchyard_arm
    set -l token (commandline -ct)
    if string match -q '*,*' -- $token
        __switchyard_setting arm
        return
    end
    set -l begin (string match -r '.*=' -- $token; or echo)
    for preset in (__switchyard_presets)
        echo $begin$preset
    end
end

function __switchyard_values
    switch $argv[1]
)sh";

}  // namespace

std::string fish_completion(const CompletionTables& tables) {
  std::string text(kFishBegin);
  for (const Knob& knob : tables.knobs)
    if (const auto values = values_of(knob); !values.empty())
      text += fmt::format("        case {}\n            printf '%s\\n' {}\n", knob.key, fmt::join(values, " "));
  text += "    end\nend\n\n";
  std::vector<std::string> knobs, files, commands;
  for (const Knob& knob : tables.knobs) {
    knobs.push_back(fish_quoted(fmt::format("{}=\t{}", knob.key, knob.label)));
    if (is_file(knob)) files.emplace_back(knob.key);
  }
  for (const WordCommand& command : tables.words.commands)
    if (!command.name.empty()) commands.push_back(command.name);
  text += fmt::format("set -g __switchyard_own {}\n", fmt::join(tables.presets, " "));
  text += fmt::format("set -g __switchyard_files {}\n", fmt::join(files, " "));
  text += fmt::format("set -g __switchyard_knobs {}\n\n", fmt::join(knobs, " \\\n    "));
  const std::string none = fmt::format("not __fish_seen_subcommand_from {}", fmt::join(commands, " "));
  for (const WordCommand& command : tables.words.commands) {
    if (!command.name.empty())
      text += fmt::format("complete -c switchyard -n {} -a {} -d {}\n", fish_quoted(none), command.name,
                          fish_quoted(first_words(command.help)));
    const std::string when =
        command.name.empty() ? none : fmt::format("__fish_seen_subcommand_from {}", command.name);
    const auto add = [&](const WordOption& option) {
      const std::string action =
          option.takes.empty() ? "" : fish_action(taken(tables, option.takes).value_or(Taken{}));
      if (option.positional && command.name.empty()) return;  // files, as everywhere
      text += fmt::format("complete -c switchyard -n {}{}{}{}\n", fish_quoted(when),
                          option.positional ? (action.find("-F") == action.npos ? " -f" : "") : fish_words(option),
                          option.positional && action.starts_with(" -x") ? action.substr(3) : action,
                          option.positional ? "" : " -d " + fish_quoted(first_words(option.help)));
    };
    for (const WordOption& option : command.options) add(option);
    if (command.takes_all)
      for (const WordOption& option : tables.words.commands.front().options)
        if (!option.positional && option.names.back() != "--help") add(option);
  }
  return text;
}

}  // namespace switchyard::app
