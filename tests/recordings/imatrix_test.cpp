// llama.cpp's importance matrix: as a Python writer of its own has it, and every way in which a GGUF file can
// claim what it does not hold, from bytes that are put together here.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <cstdint>
#include <cstring>

#include "core/base/random.h"
#include "core/recordings/forms/forms.h"
#include "core/recordings/summary.h"
#include "tests/recordings/python_writer.h"
#include "tests/support/mutants.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// A head, byte by byte.
class GgufBytes {
 public:
  template <class T>
  GgufBytes& put(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T));
    return *this;
  }
  GgufBytes& text(const std::string& value) {
    put<std::uint64_t>(value.size());
    bytes_ += value;
    return *this;
  }
  GgufBytes& begin(std::uint64_t tensors, std::uint64_t keys, std::uint32_t version = 3) {
    bytes_ += "GGUF";
    return put(version).put(tensors).put(keys);
  }
  GgufBytes& imatrix() { return text("general.type").put<std::uint32_t>(8).text("imatrix"); }
  // F32 [1, n] by default.
  GgufBytes& tensor(const std::string& name, std::uint64_t n, std::uint64_t at, std::uint32_t type = 0,
                    std::uint64_t inner = 1) {
    return text(name).put<std::uint32_t>(2).put(inner).put(n).put(type).put(at);
  }
  GgufBytes& data(const std::vector<float>& numbers) {
    bytes_.resize((bytes_.size() + 31) / 32 * 32, '\0');
    for (const float one : numbers) put(one);
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

constexpr const char* kCounts0 = "blk.0.ffn_up_exps.weight.counts";

class ImatrixTest : public testing::Test {
 protected:
  // What is said of such a file: why it is refused, or its notes; counts_ is of all its layers.
  std::string said_of(const std::string& bytes, const RecordingKeys& keys = {}) {
    counts_.clear();
    folder_.write("a.gguf", bytes);
    const RecordingForm* const form = form_named("imatrix");
    const auto reader = open_recording(*form, folder_.path() / "a.gguf", keys);
    if (!reader) return reader.error().message;
    const auto summary = summary_of(**reader);
    if (!summary) return summary.error().message;
    std::string notes;
    for (const std::string& note : summary->notes) notes += note + "\n";
    for (const RecordedLayerSummary& layer : summary->layers) counts_.push_back(layer.counts);
    return notes;
  }
  std::string said_of(const GgufBytes& bytes) { return said_of(bytes.bytes()); }

  test::TemporaryFolder folder_;
  std::vector<std::vector<double>> counts_;
};

TEST_F(ImatrixTest, HasTheLoadsThatAnotherWriterGaveIt) {
  ASSERT_TRUE(test::run_python("write_forms.py", "imatrix " + folder_.path().native()));
  const auto expected = read_json_file(folder_.path() / "expected.json");
  ASSERT_TRUE(expected);
  for (const char* name : {"imatrix2.gguf", "imatrix3.gguf"}) {
    const RecordingForm* const form = form_of(folder_.path() / name);
    ASSERT_TRUE(form && form->name == "imatrix") << name;
    const auto keys = keys_from(std::vector<std::string>{"k=2"});
    const auto reader = open_recording(*form, folder_.path() / name, *keys);
    ASSERT_TRUE(reader) << reader.error().message;
    EXPECT_EQ((*reader)->next_step(), 1);
    const auto summary = summary_of(**reader);
    ASSERT_TRUE(summary);
    EXPECT_EQ(summary->steps, 1);
    EXPECT_EQ(summary->tokens, 0);
    EXPECT_THAT(summary->notes, ElementsAre(HasSubstr("matrices of 1 layers have other counts")));
    ASSERT_EQ(summary->layers.size(), 3U);
    for (const RecordedLayerSummary& layer : summary->layers) {
      EXPECT_EQ(layer.layer.top_k, 2);
      const Json& of_layer = (*expected)["counts"]["1/" + std::to_string(layer.layer.id)];
      ASSERT_EQ(layer.counts.size(), 6U);
      for (std::size_t e = 0; e < 6; ++e) EXPECT_EQ(layer.counts[e], *of_layer[e].number());
    }
  }
  const auto model = open_recording(*form_of(folder_.path() / "model.gguf"), folder_.path() / "model.gguf", {});
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, AllOf(HasSubstr("model.gguf"), HasSubstr("GGUF of the type 'model'")));
}

TEST_F(ImatrixTest, OfTheMatricesOfALayerTheOneWithTheMostTokensCounts) {
  GgufBytes bytes;
  bytes.begin(3, 1).imatrix();
  bytes.tensor(kCounts0, 2, 0).tensor("blk.0.ffn_gate_exps.weight.counts", 2, 32);
  bytes.tensor("blk.9.ffn_down_exps.weight.counts", 2, 64);
  std::vector<float> data(18, 0);
  data[0] = 3, data[1] = 4, data[8] = 5, data[9] = 4, data[16] = 1, data[17] = 7;
  EXPECT_THAT(said_of(bytes.data(data)), HasSubstr("matrices of 1 layers"));
  EXPECT_THAT(counts_, ElementsAre(ElementsAre(5, 4), ElementsAre(1, 7)));
}

TEST_F(ImatrixTest, RefusesWhatItsHeadCannotHold) {
  constexpr std::uint64_t kHuge = std::uint64_t{1} << 60;
  const auto good = [] { return GgufBytes().begin(1, 1).imatrix(); };
  EXPECT_THAT(said_of(good().tensor(kCounts0, 2, 0).data({1, 2})), IsEmpty());
  EXPECT_THAT(counts_, ElementsAre(ElementsAre(1, 2)));

  EXPECT_THAT(said_of("GGUF"), HasSubstr("less than a head"));
  EXPECT_THAT(said_of(std::string(40, 'x')), HasSubstr("does not begin with GGUF"));
  EXPECT_THAT(said_of(GgufBytes().begin(1, 1, 1).imatrix()), HasSubstr("version 1"));
  EXPECT_THAT(said_of(GgufBytes().begin(1, 1, 4).imatrix()), HasSubstr("version 4"));
  EXPECT_THAT(said_of(GgufBytes().begin(1, 1, 0x03000000).imatrix()), HasSubstr("big endian"));
  for (const auto& [tensors, keys] : {std::pair(kHuge, std::uint64_t{1}), std::pair(std::uint64_t{1}, kHuge)})
    EXPECT_THAT(said_of(GgufBytes().begin(tensors, keys).imatrix()), HasSubstr("claims"));
  // A key that is longer than the file, a text, a list, a list of lists of lists, a type there is not.
  EXPECT_THAT(said_of(GgufBytes().begin(0, 1).put(kHuge).text("abcdefgh")), HasSubstr("where the file ends"));
  const auto key = [](std::uint32_t type) { return GgufBytes().begin(0, 1).text("key").put(type); };
  EXPECT_THAT(said_of(key(8).put(kHuge)), HasSubstr("where the file ends"));
  EXPECT_THAT(said_of(key(9).put<std::uint32_t>(4).put(kHuge)), HasSubstr("claims 1152921504606846976 entries"));
  EXPECT_THAT(said_of(key(9).put<std::uint32_t>(8).put<std::uint64_t>(1).put(kHuge)), HasSubstr("file ends"));
  GgufBytes deep = key(9);
  for (int i = 0; i < 3; ++i) deep.put<std::uint32_t>(9).put<std::uint64_t>(1);
  EXPECT_THAT(said_of(deep.put<std::uint32_t>(0).put<std::uint64_t>(0)), HasSubstr("nested more than 2 deep"));
  EXPECT_THAT(said_of(key(13).put<std::uint64_t>(1)), HasSubstr("type 13"));
  // Of tensors: behind the end, half behind it, over one another, of too many numbers, dimensions, a name.
  EXPECT_THAT(said_of(good().tensor(kCounts0, 2, 4096).data({1, 2})), HasSubstr("lies at byte 4096"));
  EXPECT_THAT(said_of(good().tensor(kCounts0, 2, kHuge * 15).data({1, 2})), HasSubstr("lies at byte"));
  EXPECT_THAT(said_of(good().tensor(kCounts0, 3, 0).data({1, 2})), HasSubstr("and has 12, the file has 8"));
  EXPECT_THAT(
      said_of(GgufBytes().begin(2, 1).imatrix().tensor(kCounts0, 2, 0).tensor("other", 2, 4).data({1, 2, 3})),
      HasSubstr("tensor 'other' lies over"));
  EXPECT_THAT(said_of(good().tensor(kCounts0, kHuge, 0).data({1, 2})), HasSubstr("claims more numbers"));
  EXPECT_THAT(said_of(good().tensor(kCounts0, kHuge, 0, 0, kHuge).data({1, 2})), HasSubstr("claims more numbers"));
  EXPECT_THAT(said_of(good().text(kCounts0).put<std::uint32_t>(9).data({1, 2})), HasSubstr("has 9 dimensions"));
  EXPECT_THAT(said_of(good().text(std::string(2000, 'a')).data({1, 2})), HasSubstr("at most 1024"));
  EXPECT_THAT(said_of(GgufBytes().begin(0, 2).imatrix().text("general.alignment").put<std::uint32_t>(4).put(24)),
              HasSubstr("power of two"));
  EXPECT_THAT(said_of(GgufBytes().begin(0, 1).imatrix()), HasSubstr("no counts of experts"));
}

TEST_F(ImatrixTest, LeavesOutWhatAreNoCounts) {
  const auto with = [&](const std::string& name, std::uint64_t n, const std::vector<float>& data,
                        std::uint32_t type = 0, std::uint64_t inner = 1) {
    return said_of(GgufBytes().begin(1, 1).imatrix().tensor(name, n, 0, type, inner).data(data));
  };
  EXPECT_THAT(with(kCounts0, 2, {1, 2.5F}), HasSubstr("has a count of 2.5"));
  EXPECT_THAT(with(kCounts0, 2, {1, -2}), HasSubstr("has a count of -2"));
  EXPECT_THAT(with(kCounts0, 2, {1, NAN}), HasSubstr("has a count of nan"));
  EXPECT_THAT(with(kCounts0, 2, {1, 1e30F}), HasSubstr("has a count of 1e+30"));
  EXPECT_THAT(with(kCounts0, 2, {1, 2}, 1), HasSubstr("is no F32"));
  EXPECT_THAT(with(kCounts0, 1, {1, 2}, 0, 2), HasSubstr("has shape [2, 1]"));
  for (const char* name : {"blk.-1.ffn_up_exps.weight.counts", "blk.4096.ffn_up_exps.weight.counts",
                           "blk..ffn_up_exps.weight.counts", "blk.0.ffn_up.weight.counts",
                           "blk.99999999999.ffn_up_exps.weight.counts", "blk.0.attn_exps.weight.counts"})
    EXPECT_THAT(with(name, 2, {1, 2}), HasSubstr("no counts of experts")) << name;
  // One good beside a bad one.
  GgufBytes both;
  both.begin(2, 1).imatrix().tensor(kCounts0, 2, 0).tensor("blk.3.ffn_up_exps.weight.counts", 2, 32);
  EXPECT_THAT(said_of(both.data({1, 2, 0, 0, 0, 0, 0, 0, 0.5F, 1})),
              HasSubstr("counts of 1 matrices are left out"));
  EXPECT_THAT(counts_, ElementsAre(ElementsAre(1, 2)));
  EXPECT_THAT(said_of(GgufBytes().begin(1, 1).imatrix().tensor(kCounts0, 2, 0).data({1, 2}).bytes(),
                      *keys_from(std::vector<std::string>{"k=3"})),
              HasSubstr("k=3: layer 0 has 2 experts"));
}

TEST_F(ImatrixTest, MutantsEndInAMessageOrAValue) {
  ASSERT_TRUE(test::run_python("write_forms.py", "imatrix " + folder_.path().native()));
  const std::string good = test::text_of_file(folder_.path() / "imatrix3.gguf");
  const auto is_taken = [&](const std::string& bad) {
    const std::string said = said_of(bad);
    if (counts_.empty()) {
      EXPECT_THAT(said, HasSubstr("a.gguf"));
    }
    return !counts_.empty();
  };
  EXPECT_LT(test::try_mutants(good, 21, is_taken), test::mutant_count());
  // And of a head in whose middle a count, length or offset is driven to an extreme.
  RandomStream random(22 + test::soak_seed(), "extremes");
  const auto extreme = [&](std::string bad) {
    const std::uint64_t at = random.below(bad.size() - 8), shift = random.below(64);
    const std::uint64_t value = random.below(2) == 0 ? ~std::uint64_t{0} >> shift : std::uint64_t{1} << shift;
    std::memcpy(bad.data() + at, &value, 1 + random.below(8));
    return bad;
  };
  int taken = 0;
  for (int i = 0; i < test::mutant_count(); ++i)
    taken += is_taken(extreme(good.substr(0, 1'400)) + good.substr(1'400));
  EXPECT_LT(taken, test::mutant_count());
#ifndef __SANITIZE_ADDRESS__  // which keeps what is freed
  rusage used{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &used), 0);
  EXPECT_LT(used.ru_maxrss, 1'000'000) << "no gigabyte, whatever a file claims";
#endif
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
