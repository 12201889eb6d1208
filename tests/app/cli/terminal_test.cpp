// What the program does without a window, from options to an exit code.
#include "app/cli/terminal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

// Not behind hours of training.
TEST(Terminal, AReportThatNobodyCanWriteIsRefusedBeforeTheRun) {
  const test::TemporaryFolder folder;
  Options options;
  options.mode = Mode::headless;
  options.report = true;
  options.out = (folder.path() / "run").native();
  EXPECT_EQ(run_in_terminal(options), 2);
  EXPECT_FALSE(std::filesystem::exists(options.out));
}

TEST(Terminal, ARequestToEndWhileTheReportIsWrittenIsOne) {
  const auto reported = [](const Error& error) {
    return report_headless({}, "runs/one",
                           [&](const auto&, const auto&) -> Result<std::vector<std::string>> { return error; });
  };
  const auto ended = reported({ErrorKind::interrupted, "interrupted by SIGINT"});
  ASSERT_FALSE(ended);
  EXPECT_EQ(exit_code(ended.error().kind), 130);
  EXPECT_THAT(ended.error().message, testing::AllOf(HasSubstr("SIGINT"), HasSubstr("switchyard report runs/one")));
  EXPECT_TRUE(reported(failure("no room"))) << "the run is good without it";
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
