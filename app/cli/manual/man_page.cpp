#include "app/cli/manual/man_page.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/setups/presets.h"
#include "core/base/version.h"

namespace switchyard::app {
namespace {

// Nothing of a text is a request, and what is typed as it stands is ASCII's "-".
std::string roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') out += "\\e";
    else if (c == '-') out += "\\-";
    else if ((c == '.' || c == '\'') && (out.empty() || out.back() == '\n')) out += std::string("\\&") + c;
    else out += c;
  }
  return out;
}

// A sentence is a line of input.
std::string roff_paragraph(std::string text) {
  for (std::size_t at = 0; (at = text.find(". ", at)) != text.npos; ++at)
    if (at + 2 < text.size() && text[at + 2] != ' ') text[at + 1] = '\n';
  return roff(text);
}

std::string option_row(const WordOption& option) {
  std::string names;
  for (const std::string& name : option.names)
    names += (names.empty() ? "" : ", ") + ("\\fB" + roff(name) + "\\fR");
  if (option.positional) names = "\\fI" + roff(option.takes) + "\\fR" + (option.repeats ? " ..." : "");
  else if (!option.takes.empty()) names += " \\fI" + roff(option.takes) + "\\fR";
  return fmt::format(".TP\n{}\n{}\n", names,
                     roff_paragraph(option.help.starts_with("... ") ? option.help.substr(4) : option.help));
}

std::string options_of(const WordCommand& command) {
  std::string text;
  for (const WordOption& option : command.options)
    if (option.positional) text += option_row(option);
  for (const WordOption& option : command.options)
    if (!option.positional && option.names.back() != "--help") text += option_row(option);
  return text;
}

std::string groups_of(const WordCommand& own) {
  std::vector<std::string> groups;
  for (const WordOption& option : own.options)
    if (!option.positional && std::find(groups.begin(), groups.end(), option.group) == groups.end())
      groups.push_back(option.group);
  std::string text;
  for (const std::string& group : groups) {
    text += fmt::format(".SS {}\n", roff(group));
    for (const WordOption& option : own.options)
      if (!option.positional && option.group == group) text += option_row(option);
  }
  return text;
}

std::string synopsis(const std::vector<WordCommand>& commands) {
  std::string text;
  for (const WordCommand& command : commands) {
    text += text.empty() ? "" : ".br\n";
    text += ".B switchyard\n";
    if (!command.name.empty()) text += fmt::format(".B {}\n", roff(command.name));
    for (const WordOption& option : command.options)
      if (option.required && !option.positional)
        text += fmt::format("\\fB{}\\fR \\fI{}\\fR ", roff(option.names.back()), roff(option.takes));
    text += "[\\fIOPTION\\fR]...";
    for (const WordOption& option : command.options)
      if (option.positional)
        text += fmt::format(" {}\\fI{}\\fR{}{}", option.required ? "" : "[", roff(option.takes),
                            option.required ? "" : "]", option.repeats ? "..." : "");
    text += '\n';
  }
  return text;
}

std::string knobs_of(const std::vector<Knob>& knobs) {
  const Config defaults;
  std::string text;
  const Knob* before = nullptr;
  for (const Knob& knob : knobs) {
    if (!before || before->group != knob.group) text += fmt::format(".SS {}\n", roff(name_of(knob.group)));
    before = &knob;
    text += fmt::format(".TP\n\\fB{}\\fR = \\fI{}\\fR\n{}\nAllowed: {}.\n", roff(knob.key),
                        roff(to_text(knob.get(defaults))), roff_paragraph(std::string(knob.help)),
                        roff(allowed_range(knob) + (knob.unit.empty() ? "" : " " + std::string(knob.unit))));
  }
  return text;
}

// The part of what --help says at its end that begins with this line.
std::string_view part_of(std::string_view footer, std::string_view heading) {
  const std::size_t at = footer.find(heading);
  if (at == footer.npos) return {};
  footer.remove_prefix(at + heading.size());
  footer.remove_prefix(std::min(footer.find_first_not_of(" \n"), footer.size()));
  return footer.substr(0, footer.find("\n\n"));
}

std::string examples_of(std::string_view footer) {
  std::string text = ".nf\n";
  for (std::string_view part = part_of(footer, "\nExamples:\n"); !part.empty();) {
    const std::size_t end = std::min(part.find('\n'), part.size());
    std::string_view line = part.substr(0, end);
    line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
    text += roff(line) + '\n';
    part.remove_prefix(std::min(end + 1, part.size()));
  }
  return text + ".fi\n";
}

}  // namespace

std::string man_page(const CompletionTables& tables) {
  const std::vector<WordCommand>& commands = tables.words.commands;
  const std::string& footer = tables.words.footer;
  std::string text = fmt::format(".TH SWITCHYARD 1 \"\" \"Switchyard {}\" \"User Commands\"\n", roff(version()));
  text += ".SH NAME\nswitchyard \\- workbench in which mixture\\-of\\-experts models learn live\n";
  text += ".SH SYNOPSIS\n" + synopsis(commands);
  text +=
      ".SH DESCRIPTION\n"
      "Switchyard opens a window in which a small mixture\\-of\\-experts model is learning already: every token "
      "is shown "
      "with the expert that handles it, and every knob that is turned takes effect within a training step.\n"
      "The same program trains without a window, draws recorded runs, compares setups over several seeds, sweeps "
      "over "
      "knobs and lists runs as a table.\n";
  text += ".SH COMMANDS\nWithout a command it opens the window, or trains with \\fB\\-\\-headless\\fR.\n";
  for (const WordCommand& command : commands)
    if (!command.name.empty())
      text += fmt::format(".SS {}\n{}\n{}", roff(command.name), roff_paragraph(command.help), options_of(command));
  text += ".SH OPTIONS\n" + groups_of(commands.front());
  text += fmt::format(
      ".SH KNOBS\nSet with \\fB\\-\\-set\\fR \\fIKEY\\fR=\\fIVALUE\\fR, in the window or in a file of knobs; the "
      "defaults are "
      "shown.\n{}",
      knobs_of(tables.knobs));
  text += ".SH PRESETS\n";
  for (const std::string& name : tables.presets) {
    const Preset* const preset = find_preset(name);
    text += fmt::format(".TP\n.B {}\n{}\n", roff(name),
                        preset ? roff_paragraph(preset->title + ": " + preset->description) : "");
  }
  text += ".SH EXAMPLES\n" + examples_of(footer);
  text += fmt::format(".SH EXIT STATUS\n{}\n", roff_paragraph(std::string(part_of(footer, "\nExit codes:"))));
  text +=
      ".SH ENVIRONMENT\n"
      ".TP\n.B XDG_DATA_HOME\nRuns and studies are recorded in \\fIswitchyard\\fR below it "
      "(\\fI~/.local/share\\fR).\n"
      ".TP\n.B XDG_CONFIG_HOME\nThe window's preferences and presets of one's own (\\fI~/.config\\fR).\n"
      ".TP\n.B XDG_STATE_HOME\nWhat was opened last (\\fI~/.local/state\\fR).\n"
      ".TP\n.B OPENBLAS_CORETYPE\nThe kernel of OpenBLAS, chosen by the processor where it is not set.\n";
  text +=
      ".SH FILES\n"
      ".TP\n.I ~/.local/share/switchyard/runs\nA folder a run; \\fItape.sqlite\\fR, \\fImetrics.csv\\fR and "
      "\\fIcheckpoints\\fR in it may be read at any time.\n"
      ".TP\n.I ~/.config/switchyard/presets/NAME.json\nPresets of one's own.\n";
  return text;
}

}  // namespace switchyard::app
