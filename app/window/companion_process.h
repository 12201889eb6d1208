// A further process of this program that works for the window: it yields to it, ends when the window does, and
// says what it says into a file.
//
// Thread safety: window thread only; a process ends with the thread that started it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace switchyard::app {

inline constexpr int kNotStarted = 127;  // the exit code where the program could not be started

// program WORDS..., what it says appended to `log`. Its end is the caller's to collect (waitpid). failure: why
// not.
Result<pid_t> start_process(const std::filesystem::path& program, std::vector<std::string> words,
                            const std::filesystem::path& log);

}  // namespace switchyard::app
