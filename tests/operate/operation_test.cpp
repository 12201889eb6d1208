#include "core/operate/operation.h"

#include <gmock/gmock.h>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(OperationLine, ComesBackAsItWasSaid) {
  for (const char* line : {"clone 0.3",
                           "clone *.3",
                           "clone 0.3 onto 0.5",
                           "clone 0.3 onto 0.5 noise 0",
                           "clone 0.3 noise 0.25",
                           "remove 0.3",
                           "remove 0.3 1.7 2.0",
                           "merge 0.3 0.5",
                           "merge 0.1 0.2 0.4 3.1 3.0 3.2",
                           "reinitialise 0.3",
                           "reinitialise *.0 *.1",
                           "reinitialise router 0",
                           "reinitialise router 0 2",
                           "transplant 0.3 onto 1.5 from /runs/a run from here/model.safetensors",
                           "transplant 0.3 onto 1.5 checked 0123456789abcdef from x",
                           "upcycle",
                           "upcycle experts=8 top_k=2 r=0.5 groups=2",
                           "upcycle r=0.25",
                           "split all",
                           "split 0.3"}) {
    const auto operation = operation_of(line);
    ASSERT_TRUE(operation) << line << ": " << operation.error().message;
    EXPECT_EQ(text_of(*operation), line);
  }
  EXPECT_EQ(text_of(*operation_of("  clone   0.3  noise 0.01 ")), "clone 0.3") << "what it is anyway is not said";
}

TEST(OperationLine, SaysWhatIsDone) {
  const auto clone = operation_of("clone 2.3 onto 2.5 noise 0.5");
  ASSERT_TRUE(clone);
  EXPECT_EQ(clone->kind, OperationKind::clone);
  EXPECT_EQ(clone->experts, (std::vector<ExpertName>{{2, 3}}));
  EXPECT_EQ(clone->onto, (ExpertName{2, 5}));
  EXPECT_EQ(clone->noise, 0.5);
  const auto transplant = operation_of("transplant 0.3 onto 1.5 from runs/a from b");
  ASSERT_TRUE(transplant);
  EXPECT_EQ(transplant->source, "runs/a from b");
  EXPECT_EQ(text_of(*operation_of("upcycle 8")), "upcycle experts=8");
  const auto upcycle = operation_of("upcycle r=0.5 experts=16 groups=4 top_k=8");
  ASSERT_TRUE(upcycle);
  EXPECT_EQ(upcycle->upcycling, (Upcycling{16, 8, 0.5, 4}));
}

TEST(OperationLine, WhatIsNoneIsRefusedWithWhatIsExpected) {
  const std::pair<const char*, const char*> wrong[] = {
      {"", "no operation on experts"},
      {"explode 0.3", "clone LAYER.EXPERT"},
      {"clone", "expected is clone LAYER.EXPERT"},
      {"clone 0.3 0.4", "expected is clone"},
      {"clone 3", "'3' names no expert"},
      {"clone 0.-3", "names no expert"},
      {"clone 0.3x", "names no expert"},
      {"clone 0.99999999999", "names no expert"},
      {"clone -1.3", "names no expert"},
      {"clone 0.3 noise -1", "noise = -1: allowed is 0 to 1"},
      {"clone 0.3 noise nan", "noise = nan: allowed is 0 to 1"},
      {"clone 0.3 onto", "'onto' names no expert"},
      {"merge 0.3", "expected is merge"},
      {"remove", "expected is remove"},
      {"reinitialise router", "expected is reinitialise router LAYER"},
      {"reinitialise router 0.3", "expected is reinitialise router LAYER"},
      {"transplant 0.3 onto 0.4", "from PATH"},
      {"transplant 0.3 from x", "expected is transplant"},
      {"transplant 0.3 onto 0.4 from ", "expected is transplant"},
      {"remove 0.3 from x", "expected is remove"},
      {"upcycle eight", "experts = eight: allowed is 1 to 256"},
      {"upcycle experts=0", "experts = 0: allowed is 1 to 256"},
      {"upcycle 8 experts=4", "expected is upcycle"},
      {"upcycle width=3", "expected is upcycle"},
      {"upcycle r=1.5", "r = 1.5: allowed is 0 to 1"},
      {"upcycle 8 from x", "expected is upcycle"},
      {"split", "expected is split LAYER.EXPERT or split all"},
      {"split 0.1 0.2", "expected is split"},
      {"split all 0.2", "'all' names no expert"},
  };
  for (const auto& [line, why] : wrong) {
    const auto operation = operation_of(line);
    ASSERT_FALSE(operation) << line;
    EXPECT_EQ(operation.error().kind, ErrorKind::usage);
    EXPECT_THAT(operation.error().message, HasSubstr(why)) << line;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
