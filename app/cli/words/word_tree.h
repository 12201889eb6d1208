// The command line as a table: what the parser itself has of commands and options, for completion and manual page
// (app/cli/manual). Nothing of it is written down twice.
//
// Thread safety: values; made anew by each call.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace switchyard::app {

struct WordOption {
  std::vector<std::string> names;  // "-h", "--help"; of what stands by itself its place's name: "run"
  std::string takes;               // "FILE", "KEY=VALUE"; empty: nothing, it is a flag
  std::string help, group;
  bool positional = false, repeats = false, required = false;
};

struct WordCommand {
  std::string name, help;
  std::vector<WordOption> options;
  bool takes_all = false;  // the program's own options go behind it too
};

struct WordTree {
  std::string footer;                 // what --help says at its end
  std::vector<WordCommand> commands;  // the program's own first, without a name
};

WordTree tree_of(const CLI::App& app);

}  // namespace switchyard::app
