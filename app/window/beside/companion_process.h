// A further process of this program that works for the window: it yields to it, ends when the window does or
// outlives it, and says what it says into a file.
//
// Thread safety: window thread only; a process that ends with the window ends with the thread that started it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

namespace switchyard::app {

inline constexpr int kNotStarted = 127;  // the exit code where the program could not be started
inline constexpr int kUnknownEnd = 126;  // where somebody else has collected it

enum class Lifetime { of_window, its_own };

// program WORDS..., what it says appended to `log`. Its end is the caller's to collect (waitpid). One with a life
// of its own is in a session of its own too: what ends the window's terminal does not reach it. failure: why not.
Result<pid_t> start_process(const std::filesystem::path& program, std::vector<std::string> words,
                            const std::filesystem::path& log, Lifetime lifetime = Lifetime::of_window);
// The last of what it said, for a toast, printable line by line; empty: nothing, or it cannot be read.
std::string last_said(const std::filesystem::path& log);
// Without empty lines.
std::string printable_lines(std::string_view text);
// Of a process that was started here, once it has ended, and is collected then: as waitpid() says it; nothing
// while it is at work.
std::optional<int> end_of(pid_t process);
// How a process ended that left no words: "it was ended by signal 9", "it ended with exit code 3".
std::string ended_how(int wait_status);

}  // namespace switchyard::app
