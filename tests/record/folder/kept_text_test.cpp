// Texts kept with the runs that learn from them: once for all of a directory, in each under the text's own name.
#include "core/record/folder/kept_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <thread>

#include "core/data/data_file.h"
#include "core/record/folder/data_record.h"
#include "core/record/folder/run_folder.h"
#include "core/session/driving/run_to_go_on.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using test::FakeOptions;
using test::FakeTrainer;
using test::text_of_file;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class KeptText : public testing::Test {
 protected:
  fs::path run(const std::string& name) const {
    std::error_code code;
    fs::create_directories(runs_ / name, code);
    return runs_ / name;
  }
  // As a run of it would; its own copy.
  fs::path keep(const std::string& name, const std::string& text) const {
    const auto kept = keep_text(run(name), "book.txt", fingerprint(text), text);
    EXPECT_TRUE(kept) << (kept ? "" : kept.error().message);
    return own_text(runs_ / name, "book.txt");
  }
  fs::path shared(const std::string& text) const { return runs_ / ".texts" / fingerprint(text).sha256; }
  static nlink_t names_of(const fs::path& path) {
    struct stat at {};
    return ::lstat(path.c_str(), &at) == 0 ? at.st_nlink : 0;
  }
  std::vector<std::string> shared_names() const {
    std::vector<std::string> names;
    std::error_code code;
    for (fs::directory_iterator at(runs_ / ".texts", code), end; !code && at != end; at.increment(code))
      names.push_back(at->path().filename().native());
    return names;
  }

  test::TemporaryFolder folder_;
  fs::path runs_ = folder_.path() / "runs";
};

TEST_F(KeptText, IsOneFileForAllRunsOfADirectory) {
  const fs::path first = keep("one", "a text"), second = keep("two", "a text"), other = keep("three", "another");
  EXPECT_EQ(first, runs_ / "one/text/book.txt");
  EXPECT_EQ(text_of_file(second), "a text");
  EXPECT_EQ(names_of(first), 3u);
  EXPECT_EQ(identity_of(first), identity_of(second));
  EXPECT_EQ(identity_of(first), identity_of(shared("a text")));
  EXPECT_EQ(names_of(other), 2u);
  // Who writes to one would change all.
  struct stat at {};
  ASSERT_EQ(::lstat(second.c_str(), &at), 0);
  EXPECT_EQ(at.st_mode & 0777, 0444u);
  // Again: nothing is written.
  keep("two", "a text");
  EXPECT_EQ(names_of(first), 3u);
  EXPECT_EQ(identity_of(first), identity_of(second));
}

TEST_F(KeptText, GoesWithItsLastRun) {
  const fs::path first = keep("one", "a text");
  keep("two", "a text");
  keep("three", "another");
  fs::remove_all(runs_ / "three");
  // Moved aside it still has its text.
  fs::create_directories(runs_ / ".trash");
  fs::rename(runs_ / "two", runs_ / ".trash/two");
  fs::remove_all(runs_ / "one");
  folder_.write("runs/.texts/notes.md", "somebody's own");
  remove_unused_texts(runs_);
  EXPECT_THAT(shared_names(), testing::UnorderedElementsAre("notes.md", fingerprint("a text").sha256));
  fs::remove_all(runs_ / ".trash");
  fs::remove(runs_ / ".texts/notes.md");
  remove_unused_texts(runs_);
  EXPECT_FALSE(fs::exists(runs_ / ".texts"));
  remove_unused_texts(folder_.path() / "nowhere");
}

TEST_F(KeptText, ADamagedOneIsReplaced) {
  const fs::path first = keep("one", "a text");
  fs::remove(shared("a text"));
  folder_.write("runs/.texts/" + fingerprint("a text").sha256, "a test");
  const fs::path second = keep("two", "a text");
  EXPECT_EQ(text_of_file(second), "a text");
  EXPECT_EQ(text_of_file(shared("a text")), "a text");
  // What somebody linked to elsewhere is no text of ours, and is left as it is.
  folder_.write("elsewhere", "a text");
  fs::remove(first);
  fs::create_symlink(folder_.path() / "elsewhere", first);
  keep("one", "a text");
  EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(first)));
  EXPECT_EQ(identity_of(first), identity_of(shared("a text")));
  EXPECT_EQ(names_of(folder_.path() / "elsewhere"), 1u);
}

TEST_F(KeptText, AFolderCarriedHereSharesAgain) {
  const fs::path first = keep("one", "a text");
  folder_.write("runs/two/text/book.txt", "a text");
  const fs::path second = keep("two", "a text");
  EXPECT_EQ(identity_of(first), identity_of(second));
  EXPECT_EQ(names_of(first), 3u);
}

TEST_F(KeptText, WithoutASharedFolderARunHasItsOwn) {
  folder_.write("runs/.texts", "a file by that name");
  EXPECT_EQ(text_of_file(keep("one", "a text")), "a text");
  folder_.write("runs/two/text", "a file by that name");
  const auto kept = keep_text(runs_ / "two", "book.txt", fingerprint("a text"), "a text");
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().message, HasSubstr((runs_ / "two/text").native()));
}

// Runs that begin and runs that end at once: no run is ever without its text.
TEST_F(KeptText, ManyAtOnce) {
  const std::string text(1 << 16, 'x');
  const Fingerprint print = fingerprint(text);
  std::atomic<int> wrong = 0;
  const auto worker = [&](int number) {
    for (int i = 0; i < 24; ++i) {
      const fs::path own = run("run" + std::to_string(number) + "-" + std::to_string(i % 3));
      if (!keep_text(own, "book.txt", print, text) || text_of_file(own_text(own, "book.txt")) != text) ++wrong;
      std::error_code code;
      if (i % 3 == 2)
        for (int run = 0; run < 3; ++run)
          fs::remove_all(runs_ / ("run" + std::to_string(number) + "-" + std::to_string(run)), code);
      remove_unused_texts(runs_);
    }
  };
  std::vector<std::thread> threads;
  for (int number = 0; number < 4; ++number) threads.emplace_back(worker, number);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
  remove_unused_texts(runs_);
  EXPECT_FALSE(fs::exists(runs_ / ".texts"));
}

// --- as runs are recorded

class RecordedText : public KeptText {
 protected:
  FakeTrainer trainer_of(const std::string& text, bool is_kept = true) const {
    FakeOptions options;
    options.text.source = fingerprint(text);
    options.path = book_.native();
    if (is_kept) options.bytes = std::make_shared<const std::string>(text);
    return FakeTrainer(Config{}, options);
  }
  void record(const fs::path& path, FakeTrainer& trainer) const {
    const auto folder = RunFolder::create(path);
    ASSERT_TRUE(folder) << folder.error().message;
    (*folder)->on_model(trainer);
    (*folder)->on_end();
    EXPECT_THAT((*folder)->take_news(), IsEmpty());
  }

  fs::path book_ = folder_.path() / "books" / "book.txt";
};

TEST_F(RecordedText, IsThatOfTheBytesThatWereRead) {
  folder_.write("books/book.txt", "changed since");
  FakeTrainer trainer = trainer_of("a text");
  record(runs_ / "one", trainer);
  record(runs_ / "two", trainer);
  EXPECT_EQ(text_of_file(runs_ / "one/text/book.txt"), "a text");
  EXPECT_EQ(names_of(runs_ / "two/text/book.txt"), 3u);
  // Of a text too large, of points and stories, nothing is.
  FakeTrainer large = trainer_of("a text", false), stories;
  record(runs_ / "three", large);
  record(runs_ / "four", stories);
  EXPECT_FALSE(fs::exists(runs_ / "three/text"));
  EXPECT_FALSE(fs::exists(runs_ / "four/text"));
  // A run that begins removes what none has any more.
  for (const char* gone : {"one", "two"}) fs::remove_all(runs_ / gone);
  record(runs_ / "five", stories);
  EXPECT_FALSE(fs::exists(runs_ / ".texts"));
}

TEST_F(RecordedText, IsKeptAgainWhereTheFolderWasTakenAway) {
  FakeTrainer trainer = trainer_of("a text");
  const auto folder = RunFolder::create(runs_ / "one", {[] { return 0.0; }});
  ASSERT_TRUE(folder);
  (*folder)->on_model(trainer);
  (*folder)->on_step(*trainer.advance().value());
  (*folder)->on_end();  // nothing is under way any more
  fs::remove_all(runs_ / "one");
  (*folder)->on_step(*trainer.advance().value());
  (*folder)->on_end();
  EXPECT_EQ(text_of_file(runs_ / "one/text/book.txt"), "a text");
}

TEST_F(RecordedText, ThatCannotBeKeptIsNewsAndNoMore) {
  folder_.write("runs/one/text", "in the way");
  fs::create_directories(runs_ / "two");
  FakeTrainer trainer = trainer_of("a text");
  const auto folder = RunFolder::create(runs_ / "two");
  ASSERT_TRUE(folder);
  folder_.write("runs/two/text", "in the way");
  (*folder)->on_model(trainer);
  (*folder)->on_step(*trainer.advance().value());
  (*folder)->on_end();
  const auto news = (*folder)->take_news();
  ASSERT_EQ(news.size(), 1u);
  EXPECT_TRUE(news[0].trouble);
  EXPECT_THAT(news[0].message, HasSubstr((runs_ / "two/text").native()));
}

// --- and found again

class FoundText : public RecordedText {
 protected:
  FoundText() {
    folder_.write("books/book.txt", "a text");
    FakeTrainer trainer = trainer_of("a text");
    record(runs_ / "one", trainer);
  }
  std::string found() {
    notes_.clear();
    Config config;
    const auto done = find_data(runs_ / "one", config, notes_);
    return done ? config.corpus : done.error().message;
  }

  std::vector<std::string> notes_;
};

TEST_F(FoundText, WhereItLayThenInTheFolderThenBesideIt) {
  const fs::path own = runs_ / "one/text/book.txt";
  EXPECT_EQ(found(), book_.native());
  EXPECT_THAT(notes_, IsEmpty());
  folder_.write("books/book.txt", "a test");
  EXPECT_EQ(found(), own.native());
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_THAT(notes_[0], AllOf(HasSubstr(book_.native() + " is another text by now"), HasSubstr(own.native())));
  fs::remove(book_);
  EXPECT_EQ(found(), own.native());
  EXPECT_THAT(notes_, IsEmpty());

  // Its own copy is damaged, and named; what all runs have comes in its place, under its name.
  fs::remove(own);
  folder_.write("runs/one/text/book.txt", "a tex\xff");
  EXPECT_EQ(found(), own.native());
  EXPECT_EQ(text_of_file(own), "a text");
  ASSERT_EQ(notes_.size(), 1u);
  EXPECT_THAT(notes_[0], AllOf(HasSubstr(own.native() + " is damaged"), HasSubstr("passed over")));

  // Nobody has it: which one is asked for.
  fs::remove_all(runs_ / ".texts");
  fs::remove(own);
  EXPECT_THAT(found(),
              AllOf(HasSubstr(book_.native()), HasSubstr("6 bytes"), HasSubstr(fingerprint("a text").sha256),
                    HasSubstr(own.native()), HasSubstr("--corpus")));
  folder_.write("runs/one/text/book.txt", "a tex\xff");
  EXPECT_THAT(found(), AllOf(HasSubstr("damaged"), HasSubstr(own.native())));
}

TEST_F(FoundText, InAFolderThatWasCarriedElsewhere) {
  fs::remove(book_);
  fs::create_directories(folder_.path() / "far");
  fs::copy(runs_ / "one", folder_.path() / "far/away", fs::copy_options::recursive);
  fs::remove_all(runs_);
  Config config;
  ASSERT_TRUE(find_data(folder_.path() / "far/away", config, notes_));
  EXPECT_EQ(config.corpus, (folder_.path() / "far/away/text/book.txt").native());
  EXPECT_EQ(text_of_file(config.corpus), "a text");
}

TEST_F(FoundText, WhereAPersonSaysIfItIsTheOne) {
  Config config;
  folder_.write("other.txt", "a test");
  const auto other = find_data(runs_ / "one", config, notes_,
                               NamedData{TaskKind::language, (folder_.path() / "other.txt").native()});
  ASSERT_FALSE(other);
  EXPECT_THAT(other.error().message, AllOf(HasSubstr("other.txt"), HasSubstr(fingerprint("a text").sha256)));
  folder_.write("moved.txt", "a text");
  ASSERT_TRUE(find_data(runs_ / "one", config, notes_,
                        NamedData{TaskKind::language, (folder_.path() / "moved.txt").native()}));
  EXPECT_EQ(config.corpus, (folder_.path() / "moved.txt").native());
}

// Of a text that is not kept no copy is looked for.
TEST(LargeText, IsAskedFor) {
  const test::TemporaryFolder folder;
  folder.write("run/config.json",
               R"({"config": {"corpus": "/gone/book.txt"}, "data": {"bytes": 16777217, "sha256": ")" +
                   std::string(64, 'a') + "\"}}");
  std::vector<std::string> notes;
  Config config;
  const auto found = find_data(folder.path() / "run", config, notes);
  ASSERT_FALSE(found);
  EXPECT_THAT(found.error().message,
              AllOf(HasSubstr("/gone/book.txt"), HasSubstr("16777217 bytes"), HasSubstr(std::string(64, 'a')),
                    HasSubstr("beyond 16 MiB"), HasSubstr("--corpus"), Not(HasSubstr(".texts"))));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
