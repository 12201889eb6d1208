// Files and folders from outside, dropped or opened.
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/run/live.h"
#include "app/run/text_opening.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace {

using ::testing::HasSubstr;

class OpenPath : public ::testing::Test {
 protected:
  OpenPath() {
    ui_.knobs.is_set = true;
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("switchyard_open_") + ::testing::UnitTest::GetInstance()->current_test_info()->name());
    std::filesystem::create_directories(folder_);
  }
  ~OpenPath() override { std::filesystem::remove_all(folder_); }
  std::string file(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
    return (folder_ / name).string();
  }
  // As the window does; a text is read on a thread of its own first.
  void open(const std::string& path) {
    open_path(ui_, out_, path, 0);
    do {
      texts_.frame(ui_, out_, 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (texts_.is_busy());
    texts_.frame(ui_, out_, 0);
  }
  UiState ui_;
  Commands out_;
  std::filesystem::path folder_;
  TextOpening texts_;
};

TEST_F(OpenPath, ATextBecomesTheCorpus) {
  const std::string path = file("letters.txt", "abc");
  open(path);
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.corpus, path);
}

TEST_F(OpenPath, ANameOfAnyBytesDoes) {
  const std::string path = file("caf\xe9 \x1b[31m\n.txt", "abc");
  open(path);
  ASSERT_EQ(out_.size(), 1u);
  const Config& config = std::get<SetConfig>(out_[0]).config;
  EXPECT_TRUE(validate(config).empty());
  EXPECT_EQ(path_of_text(config.corpus).native(), path);
  open("/gone\n\x1b[31m\xe9");
  ASSERT_EQ(ui_.toasts.size(), 2u);
  for (const Toast& toast : ui_.toasts) EXPECT_TRUE(is_printable(toast.message)) << toast.message;
}

TEST_F(OpenPath, ARecordFindsItsTextOrSaysThatItIsAnother) {
  file("text.txt", "abc");
  const std::string record =
      file("config.json", R"({"config": {"corpus": "text.txt"}, "data": {"bytes": 3, "sha256": )"
                          R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}})");
  open_path(ui_, out_, folder_.string(), 0);
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.corpus, (folder_ / "text.txt").string());
  file("text.txt", "abd");
  open_path(ui_, out_, record, 0);
  EXPECT_EQ(out_.size(), 1u);
  EXPECT_NE(ui_.toasts.back().message.find("another text"), std::string::npos);
}

TEST_F(OpenPath, ATextEndsTheLearningOfPoints) {
  ui_.knobs.draft.task = TaskKind::clusters;
  ui_.knobs.draft.d_model = 10;  // no multiple of the heads
  const std::string path = file("letters.txt", "abc");
  open(path);
  ASSERT_EQ(out_.size(), 1u);
  const Config& config = std::get<SetConfig>(out_[0]).config;
  EXPECT_EQ(config.task, TaskKind::language);
  EXPECT_EQ(config.corpus, path);
  EXPECT_TRUE(validate(config).empty());
}

TEST_F(OpenPath, AConfigurationBecomesTheDraft) {
  open_path(ui_, out_, file("mine.json", R"({"experts": 16, "top_k": 4})"), 0);
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.experts, 16);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.top_k, 4);
}

// This run learns what it learned, and nothing says otherwise.
TEST_F(OpenPath, WhatIsTriedBesideIsNotSaidOfThisRun) {
  ui_.knobs.beside = true;
  ui_.preset_title = "Switch";
  open(file("letters.txt", "abc"));
  open(file("mine.json", R"({"experts": 16, "top_k": 4})"));
  EXPECT_TRUE(out_.empty());
  ASSERT_EQ(ui_.knobs.besides.size(), 2u);
  EXPECT_EQ(ui_.knobs.besides[0].called, "Text letters.txt");
  EXPECT_EQ(ui_.knobs.besides[1].config.experts, 16);
  EXPECT_EQ(ui_.preset_title, "Switch");
  EXPECT_TRUE(ui_.toasts.empty()) << ui_.toasts[0].message;
}

TEST_F(OpenPath, ABadConfigurationIsAToastThatNamesTheKeyAndNothingIsSent) {
  open_path(ui_, out_, file("bad.json", R"({"experts": 0})"), 0);
  EXPECT_TRUE(out_.empty());
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_THAT(ui_.toasts[0].message, HasSubstr("bad.json"));
  EXPECT_THAT(ui_.toasts[0].message, HasSubstr("1 to 256"));
}

TEST_F(OpenPath, ARunFolderGivesItsConfiguration) {
  file("config.json", R"({"config": {"experts": 4}})");
  open_path(ui_, out_, folder_.string(), 0);
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.experts, 4);
}

TEST_F(OpenPath, WhatIsNotThereIsAToast) {
  open_path(ui_, out_, "/nowhere/letters.txt", 0);
  EXPECT_TRUE(out_.empty());
  EXPECT_THAT(ui_.toasts.at(0).message, HasSubstr("/nowhere/letters.txt"));
}

}  // namespace
}  // namespace switchyard::app
