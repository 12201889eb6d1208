#include "app/cli/words/word_tree.h"

#include <CLI/CLI.hpp>

namespace switchyard::app {
namespace {

WordOption word_option(const CLI::Option& option) {
  WordOption made;
  for (const std::string& name : option.get_snames()) made.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) made.names.push_back("--" + name);
  made.positional = made.names.empty();
  if (made.positional) made.names.push_back(option.get_name(true));
  if (option.get_items_expected_max() > 0) made.takes = option.get_type_name();
  made.help = option.get_description(), made.group = option.get_group();
  made.required = option.get_required();
  // What is given again replaces what was; else it is one more.
  made.repeats = !made.takes.empty() && option.get_multi_option_policy() != CLI::MultiOptionPolicy::TakeLast;
  return made;
}

WordCommand word_command(const CLI::App& app, bool is_own) {
  WordCommand made{is_own ? std::string() : app.get_name(), app.get_description(), {}, app.get_fallthrough()};
  for (const CLI::Option* option : app.get_options())
    if (!option->get_group().empty()) made.options.push_back(word_option(*option));
  return made;
}

}  // namespace

WordTree tree_of(const CLI::App& app) {
  WordTree tree{app.get_footer(), {word_command(app, true)}};
  for (const CLI::App* part : app.get_subcommands([](const CLI::App*) { return true; }))
    tree.commands.push_back(word_command(*part, false));
  return tree;
}

}  // namespace switchyard::app
