// Paths as somebody types them, and sizes as they are shown.
#include "app/files/typed_path.h"

#include <gtest/gtest.h>

#include "app/files/folder.h"
#include "tests/support/environment.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

TEST(TypedPaths, ReadBackToTheSamePath) {
  const EnvironmentVariable home("HOME", "/home/u");
  EXPECT_EQ(app::path_of_typed("~", "/x"), "/home/u");
  EXPECT_EQ(app::path_of_typed("~/a/../b/", "/x"), "/home/u/b");
  EXPECT_EQ(app::path_of_typed("a", "/x"), "/x/a");
  EXPECT_EQ(app::path_of_typed("../a", "/x/y"), "/x/a");
  EXPECT_EQ(app::path_of_typed("/..", "/x"), "/");
  EXPECT_EQ(app::path_of_typed("~u/a", "/x"), "/x/~u/a");
  for (const char* path :
       {"/", "/home/u", "/home/u/a b", "/home/user", "/tmp", "/home/u/caf\xe9", "/home/u/\xc3\xa9"})
    EXPECT_EQ(app::path_of_typed(app::typed_of_path(path), "/x"), path);
  EXPECT_EQ(app::typed_of_path("/home/u/a"), "~/a");
  EXPECT_EQ(app::typed_of_path("/home/user"), "/home/user");
}

TEST(Sizes, HaveTheirUnit) {
  EXPECT_EQ(app::size_text(0), "0 B");
  EXPECT_EQ(app::size_text(999), "999 B");
  EXPECT_EQ(app::size_text(1000), "1.0 kB");
  EXPECT_EQ(app::size_text(12'345), "12 kB");
  EXPECT_EQ(app::size_text(999'600), "1.0 MB");
  EXPECT_EQ(app::size_text(UINT64_MAX), "18 EB");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
