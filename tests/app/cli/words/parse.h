// A command line, read.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "app/cli/words/cli.h"

namespace switchyard::app {

inline Result<Options> parse(const std::vector<std::string>& arguments) {
  std::vector<const char*> argv{"switchyard"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

inline std::string refusal(const std::vector<std::string>& arguments) {
  const auto options = parse(arguments);
  if (options) return "accepted";
  EXPECT_EQ(options.error().kind, ErrorKind::usage);
  return options.error().message;
}

}  // namespace switchyard::app
