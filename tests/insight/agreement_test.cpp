#include "core/insight/agreement.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "tests/insight/routes.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

TEST(Agreement, OneExpertALabelIsOne) {
  const Agreement a = agreement(routes(3, {{2}, {2}, {0}, {0}, {1}, {1}}), labels({0, 0, 1, 1, 2, 2}, 3));
  EXPECT_NEAR(a.nmi, 1, 1e-12);
  EXPECT_NEAR(a.raw_nmi, 1, 1e-12);
  EXPECT_NEAR(a.ari, 1, 1e-12);
  EXPECT_NEAR(a.information, std::log(3.0), 1e-12);
  EXPECT_EQ(a.tokens, 6);
}

// Experts 0 0 0 1 | 0 1 1 1, labels a a a a | b b b b. Joint: 3/8 1/8 1/8 3/8, margins all 1/2.
//   H(E) = H(Y) = ln 2;  H(E, Y) = -2 (3/8 ln 3/8 + 1/8 ln 1/8);  I = 2 ln 2 - H(E, Y) = 0.130812
//   pairs: both = C(3,2) + 0 + 0 + C(3,2) = 6;  experts = labels = 2 C(4,2) = 12;  all = C(8,2) = 28
//   ARI = (6 - 12 * 12 / 28) / (12 - 12 * 12 / 28) = (6 - 5.142857) / (12 - 5.142857) = 0.125
TEST(Agreement, InformationAndRandIndexByHand) {
  const Assignments experts = routes(2, {{0}, {0}, {0}, {1}, {0}, {1}, {1}, {1}});
  const Labels halves = labels({0, 0, 0, 0, 1, 1, 1, 1}, 2);
  AgreementOptions options;
  options.permutations = 20'000;
  const Agreement a = agreement(experts, halves, options);
  const double ln2 = std::numbers::ln2;
  const double joint = -2 * (3.0 / 8 * std::log(3.0 / 8) + 1.0 / 8 * std::log(1.0 / 8));
  EXPECT_NEAR(a.information, 2 * ln2 - joint, 1e-12);
  EXPECT_NEAR(a.raw_nmi, (2 * ln2 - joint) / ln2, 1e-12);
  EXPECT_NEAR(a.ari, 0.125, 1e-12);

  // I0 in closed form: of the 4 labels a, j fall on expert 0 with chance C(4,j)^2 / C(8,4) = 1 16 36 16 1 over 70.
  //   j = 0, 4: I = ln 2;   j = 1, 3: I as above;   j = 2: I = 0
  const double expected = (2.0 * ln2 + 32.0 * (2 * ln2 - joint)) / 70;
  EXPECT_NEAR(a.chance, expected, 2e-3);  // 20,000 draws of deviation 0.13: 0.001
  EXPECT_NEAR(a.nmi, (a.information - a.chance) / (ln2 - a.chance), 1e-12);
}

// Two choices share a token's weight. Tokens 01 | 02, labels a | b: joint 1/4 (0,a) 1/4 (1,a) 1/4 (0,b) 1/4 (2,b).
//   H(E) = 1/2 ln 2 + 2 (1/4 ln 4) = 1.5 ln 2;  H(Y) = ln 2;  H(E, Y) = ln 4;  I = 0.5 ln 2
//   raw = 0.5 ln 2 / (1.25 ln 2) = 0.4
TEST(Agreement, AWeightOfOneIsSharedByATokensExperts) {
  const Agreement a = agreement(routes(3, {{0, 1}, {0, 2}}), labels({0, 1}, 2));
  EXPECT_NEAR(a.information, 0.5 * std::numbers::ln2, 1e-12);
  EXPECT_NEAR(a.raw_nmi, 0.4, 1e-12);
}

TEST(Agreement, ARandomRouterIsAtZero) {
  for (const std::size_t k : {1UL, 2UL, 3UL}) {
    const Agreement a = agreement(random_routes(16, k, 2000, 5), random_labels(5, 2000, 6));
    EXPECT_NEAR(a.nmi, 0, 0.005) << k;
    EXPECT_NEAR(a.ari, 0, 0.005) << k;
    EXPECT_GT(a.raw_nmi, 0) << "which is why it is adjusted";
  }
  // Few tokens and many experts: raw is far off, adjusted is not.
  const Agreement few = agreement(random_routes(32, 1, 200, 7), random_labels(8, 200, 8));
  EXPECT_GT(few.raw_nmi, 0.15);
  EXPECT_NEAR(few.nmi, 0, 0.05);
}

TEST(Agreement, RenumberingChangesNothing) {
  const Assignments one = routes(3, {{0}, {1}, {1}, {2}, {0}, {2}, {1}});
  const Assignments other = routes(3, {{2}, {0}, {0}, {1}, {2}, {1}, {0}});
  const Labels of = labels({0, 1, 1, 0, 0, 1, 0}, 2);
  EXPECT_NEAR(agreement(one, of).nmi, agreement(other, of).nmi, 1e-12);
  EXPECT_NEAR(agreement(one, of).ari, agreement(other, of).ari, 1e-12);
}

TEST(Agreement, RepeatsWithItsSeed) {
  const Assignments experts = random_routes(8, 2, 300, 1);
  const Labels of = random_labels(3, 300, 2);
  EXPECT_EQ(agreement(experts, of).nmi, agreement(experts, of).nmi);
  EXPECT_NE(agreement(experts, of, {32, 1}).nmi, agreement(experts, of, {32, 2}).nmi);
}

TEST(Agreement, IsNotANumberWhereItMeansNothing) {
  const Assignments experts = routes(3, {{0}, {1}, {2}});
  for (const Agreement& a : {agreement(Assignments{}, labels({0, 1, 0}, 2)),                  // soft mixing
                             agreement(experts, Labels{}),                                    // no labels
                             agreement(experts, labels({1, 1, 1}, 2)),                        // one label
                             agreement(routes(3, {{1}, {1}, {1}}), labels({0, 1, 0}, 2))}) {  // one expert
    EXPECT_TRUE(std::isnan(a.nmi));
    EXPECT_TRUE(std::isnan(a.ari));
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
