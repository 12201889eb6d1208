#include "core/data/corpus.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "core/base/random.h"
#include "core/base/utf8.h"
#include "core/data/bigram.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

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

TEST_F(CorpusFile, OfAnotherEncodingNamesTheWayToACopy) {
  EXPECT_THAT(refusal(write("caf\xe9 and more words")),
              HasSubstr("is not valid UTF-8: bad byte 0xE9 at offset 3. In a terminal, iconv -f ISO-8859-1 -t "
                        "UTF-8 FILE > COPY makes"));
  EXPECT_THAT(refusal(write(std::string("\xff\xfe"
                                        "a\0b\0",
                                        6))),
              HasSubstr("is UTF-16, not UTF-8. In a terminal, iconv -f UTF-16 -t UTF-8"));
  EXPECT_THAT(refusal(write(std::string("\x7f"
                                        "ELF\0",
                                        5))),
              testing::Not(HasSubstr("iconv")));
}

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
  EXPECT_EQ((*corpus)->facts.distinct, 2);
  EXPECT_EQ((*corpus)->facts.unknown.kinds, 1);
  EXPECT_EQ((*corpus)->facts.unknown.train_share, 0);
  EXPECT_EQ((*corpus)->facts.unknown.validation_share, 1);
  EXPECT_EQ((*corpus)->facts.unknown.nats(), 0);  // one kind: which it is needs no telling
}

// 3,000 kinds of characters, each as likely: a code needs ln 3000 = 8.006 nats for one, whatever tokens it goes
// by.
TEST_F(CorpusFile, FoldingCharactersNeverMakesATextEasier) {
  constexpr std::int64_t kinds = 3000;
  RandomStream stream(1, "noise");
  std::string noise;
  for (int i = 0; i < 60'000; ++i) noise += encode_utf8(0x4E00 + static_cast<char32_t>(stream.below(kinds)));
  const std::string path = write(noise);
  for (const std::int64_t limit : {1, 30, 1024, 2900, 0}) {
    const auto corpus = load_corpus(path, 64, limit);
    ASSERT_TRUE(corpus);
    const TextFacts& facts = (*corpus)->facts;
    EXPECT_EQ(facts.distinct, kinds) << limit;
    EXPECT_GT((*corpus)->bigram_loss, 0.999 * std::log(3000.0)) << limit;
    // Add-one smoothing over V^2 pairs, most never seen, is dear, but not by more than this.
    EXPECT_LT((*corpus)->bigram_loss, 1.1 * std::log(3000.0)) << limit;
    if (limit == 0) {
      EXPECT_EQ((*corpus)->vocabulary.unknown(), -1);
      EXPECT_EQ(facts.unknown.kinds, 0);
      continue;
    }
    EXPECT_EQ((*corpus)->vocabulary.size(), limit + 1);
    EXPECT_EQ(facts.unknown.kinds, kinds - limit);
    EXPECT_NEAR(facts.unknown.validation_share, 1 - static_cast<double>(limit) / kinds, 0.06);
    EXPECT_NE(unknown_note(facts).find(std::to_string(kinds - limit) + " of 3000 kinds"), std::string::npos);
  }
}

TEST_F(CorpusFile, NamesAreBytes) {
  for (const char* name : {"caf\xe9.txt", "two\nlines \x1b[31m.txt", "100%25.txt"}) {
    std::ofstream(folder_ / name) << std::string(200, 'a');
    const std::string given = text_of_path((folder_ / name).native());
    const auto corpus = load_corpus(given, 8);
    ASSERT_TRUE(corpus) << given;
    EXPECT_EQ((*corpus)->name, printable(name));
    EXPECT_EQ(path_of_text((*corpus)->path), folder_ / name);
    EXPECT_TRUE(is_printable((*corpus)->path));
  }
}

TEST_F(CorpusFile, IsToldFromEveryOtherByItsHash) {
  // FIPS 180-2, appendix B: one block, and a million letters.
  EXPECT_EQ(fingerprint("abc").sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(fingerprint(std::string(1'000'000, 'a')).sha256,
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
  const auto corpus = load_corpus(write("\xEF\xBB\xBF" + std::string(200, 'a')), 8);
  ASSERT_TRUE(corpus);
  EXPECT_EQ((*corpus)->facts.source,
            fingerprint("\xEF\xBB\xBF" + std::string(200, 'a')));  // the bytes as they are
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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
