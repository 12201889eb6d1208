#include "core/model/functions/token_sums.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <vector>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using namespace std::chrono_literals;

// So few blocks may wait, however many cores there are.
class TokenSumsTest : public ::testing::Test {
 protected:
  TokenSumsTest() { at::set_num_threads(1); }
  ~TokenSumsTest() override { at::set_num_threads(before_); }

 private:
  int before_ = at::get_num_threads();
};

// Every token with both experts: expert 0 has rows 0 .. T - 1, expert 1 the rest.
constexpr std::int64_t kTokens = 640, kBlock = 32;
struct TwoExperts {
  c10::intrusive_ptr<DispatchPlan> plan =
      build_dispatch(at::arange(2, at::kLong).expand({kTokens, 2}).contiguous(), 2, {});
  std::vector<Span> spans{{0, 0, kTokens, 0, 0}, {1, kTokens, kTokens, 1, 1}};
  std::vector<float> weights = std::vector<float>(2 * kTokens, 0.5F), sums = std::vector<float>(kTokens, 7.0F);
  Matrix to{sums.data(), kTokens, 1, 1};
  TokenSums adder{to, *plan, spans, weights.data(), kBlock};

  // A span's rows, each of them `value`.
  void add_all(std::size_t which, float value) {
    const Span& span = spans[which];
    for (std::int64_t begin = span.begin; begin < span.begin + span.count; begin += kBlock) {
      const Matrix rows = adder.room(begin, kBlock);
      std::fill_n(rows.data, kBlock, value);
      adder.add(span, begin, rows);
    }
  }
};

TEST_F(TokenSumsTest, RowsAreAddedInTheOrderOfTheSpansWhoeverIsFirst) {
  TwoExperts in_order, other_way;
  in_order.add_all(0, 0.1F);
  in_order.add_all(1, 1e7F);
  // Waits, once it has as much as it may: those before it have not begun.
  auto later = std::async(std::launch::async, [&] { other_way.add_all(1, 1e7F); });
  EXPECT_EQ(later.wait_for(50ms), std::future_status::timeout);
  EXPECT_EQ(other_way.sums, std::vector<float>(kTokens, 0.0F)) << "nothing may go yet";
  other_way.add_all(0, 0.1F);
  later.get();
  EXPECT_EQ(other_way.sums, in_order.sums);
  EXPECT_EQ(in_order.sums[0], 0.5F * 0.1F + 0.5F * 1e7F);
}

TEST_F(TokenSumsTest, RefusesABlockThatItsRoomsHaveNoPlaceFor) {
  TwoExperts experts;
  EXPECT_EQ(experts.adder.most_rows(), kBlock);
  EXPECT_THROW(experts.adder.room(0, kBlock + 1), c10::Error);
  EXPECT_EQ(experts.adder.room(0, kBlock).rows, kBlock);
}

TEST_F(TokenSumsTest, NobodyWaitsForASpanThatWillNotEnd) {
  TwoExperts experts;
  auto later = std::async(std::launch::async, [&] { experts.add_all(1, 1.0F); });
  EXPECT_EQ(later.wait_for(50ms), std::future_status::timeout);
  experts.adder.give_up();
  later.get();
  // And nothing that still comes is held.
  const Matrix room = experts.adder.room(0, kBlock);
  experts.adder.add(experts.spans[1], kTokens, room);
  EXPECT_EQ(experts.adder.room(0, kBlock).data, room.data);
}

TEST_F(TokenSumsTest, RowsOfTheIdentityPlanAreWrittenInPlace) {
  const auto plan = identity_dispatch(4);
  std::vector<float> out(8, 7.0F);
  TokenSums adder({out.data(), 4, 2, 2}, *plan, {{0, 0, 4, 0, 0}}, nullptr, 2);
  const Matrix rows = adder.room(2, 2);
  EXPECT_EQ(rows.data, out.data() + 4);
  adder.add({0, 0, 4, 0, 0}, 2, rows);
  EXPECT_EQ(out, std::vector<float>(8, 7.0F));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
