// The words of `sweep`: its axes, and how it goes about them.
//
// Thread safety: pure functions of the file system. Errors: usage, naming the argument and what is allowed.
#pragma once

#include "app/cli/words/words.h"

namespace CLI {
class App;
}

namespace switchyard::app {

void add_sweep_words(CLI::App& sweep, Words& words);
// A plan of the words' axes, or that of the folder where they name none.
Result<void> read_sweep_words(const Words& words, Options& options);

}  // namespace switchyard::app
