// A configuration as one line for a shell, which starts the program with it; and what a person pastes is read as
// one by app/cli/words/pasted_setup.h, and never run.
//
// Thread safety: pure functions; of a relative corpus or file of points the current folder is read.
#pragma once

#include <string>
#include <string_view>

#include "core/base/json.h"
#include "core/base/text_facts.h"
#include "core/config/config.h"

namespace switchyard::app {

// The knobs in which it differs from what `switchyard` starts without arguments; files by their absolute names.
Json setup_json(const Config& config);
// switchyard --config-text '{"experts":16,"top_k":1}'. ASCII, one line. A file of the user's own is named without
// where it lies, and by size and SHA-256, as config.json names it (core/record/folder/data_record.h):
//   '{"config":{"corpus":"book.txt"},"data":{"name":"book.txt","bytes":9021,"sha256":"9f86..."}}'
// source: of that file; of no size where it is not known.
std::string setup_command(const Config& config, const Fingerprint& source);
// For people: "experts 16, top_k 1 and 3 more"; "as the program starts" where nothing differs.
std::string setup_summary(const Config& config);

// One word of a POSIX shell, whatever it holds.
std::string shell_quoted(std::string_view text);

}  // namespace switchyard::app
