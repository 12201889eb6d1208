#include "core/data/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/data/bigram.h"

namespace switchyard {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class CorpusFile : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / ("switchyard-corpus-" + std::to_string(getpid()) + "-" +
                                           testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  std::string write(const std::string& bytes) {
    const fs::path path = folder_ / "text.txt";
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
  }
  // The message of the refusal, which must be a usage error that names the file.
  std::string refusal(const std::string& path, std::int64_t context = 8) {
    const auto corpus = load_corpus(path, context);
    if (corpus) return "accepted";
    EXPECT_EQ(corpus.error().kind, ErrorKind::usage);
    EXPECT_THAT(corpus.error().message, HasSubstr(path));
    return corpus.error().message;
  }
  static std::string text_of(const Corpus& corpus, const Split& split) {
    std::string text;
    for (auto id : split.tokens) text += corpus.vocabulary.token(id);
    return text;
  }

  fs::path folder_;
};

TEST_F(CorpusFile, SplitsNinetyToTen) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += i % 2 ? "b" : "a";
  const auto corpus = load_corpus(write(text), 9);
  ASSERT_TRUE(corpus);
  EXPECT_EQ((*corpus)->train.tokens.size(), 90u);
  EXPECT_EQ((*corpus)->validation.tokens.size(), 10u);
  EXPECT_EQ(text_of(**corpus, (*corpus)->train) + text_of(**corpus, (*corpus)->validation), text);
  EXPECT_TRUE((*corpus)->domains.empty());
  EXPECT_TRUE((*corpus)->validation.domain.empty());
  // a -> b 45 times, b -> a 44: validation has 5 and 4 of them.
  EXPECT_NEAR((*corpus)->bigram_loss, -(5 * std::log(46.0 / 47) + 4 * std::log(45.0 / 46)) / 9, 1e-12);
}

TEST_F(CorpusFile, DropsByteOrderMarkAndCarriageReturns) {
  std::string text = "\xEF\xBB\xBF";
  for (int i = 0; i < 50; ++i) text += "é\r\n";
  const auto corpus = load_corpus(write(text), 8);
  ASSERT_TRUE(corpus);
  EXPECT_THAT((*corpus)->vocabulary.tokens(), ElementsAre("\n", "é"));
  EXPECT_EQ((*corpus)->train.tokens.size() + (*corpus)->validation.tokens.size(), 100u);
}

TEST_F(CorpusFile, MarksWhatTrainingNeverSaw) {
  const auto corpus = load_corpus(write(std::string(90, 'a') + std::string(10, 'z')), 8);
  ASSERT_TRUE(corpus);
  EXPECT_THAT((*corpus)->vocabulary.tokens(), ElementsAre("a", "<unk>"));
  EXPECT_THAT((*corpus)->validation.tokens, testing::Each(1));
}

TEST_F(CorpusFile, TakesTheLeastSizeItNames) {
  EXPECT_TRUE(load_corpus(write(std::string(81, 'a')), 8));
  EXPECT_THAT(refusal(write(std::string(80, 'a'))), HasSubstr("at least 81"));
}

TEST_F(CorpusFile, RefusesWhatIsNoText) {
  EXPECT_THAT(refusal((folder_ / "absent.txt").string()), HasSubstr("no such file"));
  EXPECT_THAT(refusal(folder_.string()), HasSubstr("folder"));
  EXPECT_THAT(refusal("/dev/zero"), HasSubstr("regular file"));
  EXPECT_THAT(refusal(write("")), HasSubstr("empty"));
  EXPECT_THAT(refusal(write("abc")), HasSubstr("3 characters"));
  EXPECT_THAT(refusal(write(std::string(500, 'a') + '\0' + "b")), HasSubstr("binary"));
  EXPECT_THAT(refusal(write("\xFF\xFE" + std::string(500, 'a'))), HasSubstr("UTF-16"));
  EXPECT_THAT(refusal(write(std::string(500, 'a') + "\xC3(")), HasSubstr("offset 500"));
  EXPECT_THAT(refusal(write("\xEF\xBB\xBF" + std::string(500, 'a') + "\x80")), HasSubstr("offset 503"));
}

TEST_F(CorpusFile, RefusesTheTooLargeBeforeReadingIt) {
  const std::string path = write("x");
  fs::resize_file(path, std::uintmax_t{500} << 20);  // sparse: takes no room, would take seconds to read
  EXPECT_THAT(refusal(path), HasSubstr("134217728 (128 MiB)"));
}

TEST(StoriesCorpus, IsOneObjectSharedByAll) {
  const auto loaded = load_corpus("stories", 128);
  ASSERT_TRUE(loaded);
  EXPECT_EQ(*loaded, stories_corpus());
  EXPECT_FALSE(load_corpus("stories", 1'000'000));
}

}  // namespace
}  // namespace switchyard
