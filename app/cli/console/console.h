// What the program says to whoever started it. Two kinds:
//  - what only informs (progress, warnings, how a run ended): it never ends what it informs about, nor holds it
//  up. A
//    full disk, a closed pipe, a terminal that went away or was stopped with Ctrl-S cost the text and nothing
//    else;
//  - what a command was asked to print: all of it arrives, or the command has failed.
//
// Nothing here throws. Thread safety: hold_standard_files() before any other thread; the others from any.
#pragma once

#include <fmt/format.h>
#include <unistd.h>

#include <exception>
#include <string_view>

#include "core/base/result.h"

namespace switchyard::app {

// Descriptors 0 to 2 where they are closed become /dev/null, or the next file opened would take their number and
// get the progress lines into it. The first thing a process does.
void hold_standard_files();

// How long text that only informs may wait for a reader: a line of progress not at all, a last word a little.
inline constexpr int kNoPatience_ms = 0, kLastWordPatience_ms = 1000;

// Text that only informs, on standard error or another descriptor.
void inform(std::string_view text, int descriptor = STDERR_FILENO, int patience_ms = kNoPatience_ms) noexcept;
template <class... Args>
void inform(fmt::format_string<const Args&...> format, const Args&... args) noexcept {
  try {
    inform(std::string_view(fmt::format(format, args...)));
  } catch (const std::exception&) {  // no memory even for a sentence
  }
}

// What was asked for, on standard output. failure: not all of it could be written; names the reason.
Result<void> deliver(std::string_view text);

}  // namespace switchyard::app
