// Recordings that small Python scripts beside this file make (numpy of Debian), and what numpy makes of them.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "core/base/json.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

// Runs a script of this folder with these words behind it; whether it ended well.
inline bool run_python(const std::string& script, const std::string& words) {
  const std::string command =
      std::string(SWITCHYARD_PYTHON) + " " + SWITCHYARD_RECORDING_TESTS + "/" + script + " " + words;
  return std::system(command.c_str()) == 0;
}

// What write_routes.py makes.
class WrittenRoutes {
 public:
  WrittenRoutes() {
    EXPECT_TRUE(run_python("write_routes.py", folder_.path().native()));
    auto read = read_json_file(folder_.path() / "expected.json");
    EXPECT_TRUE(read) << read.error().message;
    if (read) expected = std::move(*read);
  }
  std::filesystem::path routes() const { return folder_.path() / "routes"; }
  Json expected;

 private:
  TemporaryFolder folder_;
};

}  // namespace switchyard::test
