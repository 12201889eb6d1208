#include "core/train/crew/hello.h"

#include <gmock/gmock.h>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;

Hello hello(const std::string& host) { return {"0.2.0", host, "12", "{\n  \"experts\": 4,\n  \"top_k\": 2\n}"}; }

TEST(HelloOfRanks, ComesBackAsItWasSaid) {
  const Hello said = hello("node1"), heard = Hello::of(said.text());
  EXPECT_EQ(heard.version, said.version);
  EXPECT_EQ(heard.host, said.host);
  EXPECT_EQ(heard.process, said.process);
  EXPECT_EQ(heard.config, said.config);
}

TEST(HelloOfRanks, WhatDiffersIsNamedWithWhatBothHave) {
  EXPECT_TRUE(check_alike({hello("a"), hello("b"), hello("c")}));
  Hello older = hello("c");
  older.version = "0.1.0";
  const auto versions = check_alike({hello("a"), hello("b"), older});
  ASSERT_FALSE(versions);
  EXPECT_EQ(versions.error().kind, ErrorKind::usage);
  EXPECT_THAT(versions.error().message, AllOf(HasSubstr("rank 0 (a, process 12) is switchyard 0.2.0"),
                                              HasSubstr("rank 2 (c, process 12) is 0.1.0")));
  Hello other = hello("b");
  other.config = "{\n  \"experts\": 8,\n  \"top_k\": 2\n}";
  const auto settings = check_alike({hello("a"), other});
  ASSERT_FALSE(settings);
  EXPECT_THAT(settings.error().message, AllOf(HasSubstr("rank 0 (a, process 12) has \"experts\": 4"),
                                              HasSubstr("rank 1 (b, process 12) has \"experts\": 8")));
  // Who has no settings of its own takes those there are.
  other.config.clear();
  EXPECT_TRUE(check_alike({hello("a"), other}));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
