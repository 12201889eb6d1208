// What a POSIX shell makes of a line.
#pragma once

#include <cstdio>
#include <string>
#include <vector>

#include "app/cli/setups/setup.h"

namespace switchyard::app {

// The words it gives to switchyard, without its name.
inline std::vector<std::string> words_of_shell(const std::string& command) {
  const std::string script = "switchyard() { printf '%s\\0' \"$@\"; }\n" + command;
  FILE* pipe = popen(("sh -c " + shell_quoted(script)).c_str(), "r");
  std::vector<std::string> words(1);
  for (int c; (c = std::fgetc(pipe)) != EOF;) {
    if (c == 0) words.emplace_back();
    else words.back() += static_cast<char>(c);
  }
  pclose(pipe);
  words.pop_back();
  return words;
}

}  // namespace switchyard::app
