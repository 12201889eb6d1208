// From a file that torch.save wrote to what the program prints of it: switchyard_convert.py, then `switchyard
// open`.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "tests/e2e/program.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(ConvertedRecording, HasTheCountsThatNumpyHas) {
  const ScratchFolder folder;
  const std::string python = SWITCHYARD_PYTHON, in = "cd '" + folder.path().string() + "' && ";
  ASSERT_EQ(std::system((in + python + " " SWITCHYARD_RECORDING_TESTS "/write_pt.py stat . && " + python +
                         " " SWITCHYARD_PYTHON_ASSETS "/switchyard_convert.py a.pt --out routes > said")
                            .c_str()),
            0);
  const Json expected = strict_json(read_text(folder / "expected.json"));
  const Outcome outcome = run_program({"open", folder / "routes", "--json"});
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  const Json read = strict_json(outcome.out);
  ASSERT_EQ(read["layers"].size(), 3U);
  for (std::size_t l = 0; l < 3; ++l) {
    const Json& layer = read["layers"][l];
    ASSERT_EQ(layer["counts"].size(), 6U);
    for (std::size_t e = 0; e < 6; ++e) {
      double all = 0;
      for (const int step : {0, 1, 2, 3})
        all +=
            *expected["counts"][std::to_string(step) + "/" + std::to_string(*layer["id"].integer())][e].number();
      EXPECT_EQ(*layer["counts"][e].number(), all) << l << ", " << e;
    }
  }
  // The file itself is not read, however it is opened.
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"open", folder / "a.pt", "--headless"}, {folder / "a.pt", "--headless"}}) {
    const Outcome refused = run_program(words);
    EXPECT_EQ(refused.code, 2);
    EXPECT_THAT(refused.err, HasSubstr("switchyard_convert.py '" + (folder / "a.pt") + "' --out 'a-routes'"));
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
