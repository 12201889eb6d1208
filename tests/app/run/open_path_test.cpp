// Files and folders from outside, dropped or opened.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/run/live.h"
#include "app/run/settings_opening.h"
#include "app/run/text_opening.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

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
    settle();
  }
  void settle() {
    do {
      texts_.frame(ui_, out_, 0);
      settings_.frame(ui_, out_, 0);
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    } while (texts_.is_busy() || settings_.is_busy());
    texts_.frame(ui_, out_, 0);
  }
  UiState ui_;
  Commands out_;
  std::filesystem::path folder_;
  TextOpening texts_;
  SettingsOpening settings_;
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

TEST_F(OpenPath, ARecordingOfAnotherProgramIsLookedAt) {
  std::filesystem::create_directories(folder_ / "routes");
  file("routes/manifest.jsonl", "");
  open((folder_ / "routes").string());
  open(file("loads.csv", "step,layer,expert,count\n1,0,0,3\n"));
  ASSERT_EQ(ui_.wants_recording.size(), 2u);
  EXPECT_EQ(ui_.wants_recording[0].path, folder_ / "routes");
  EXPECT_FALSE(ui_.wants_recording[0].waits);
  EXPECT_EQ(ui_.wants_recording[1].path, folder_ / "loads.csv");
  EXPECT_TRUE(out_.empty()) << "nothing learns it";
  EXPECT_EQ(ui_.used.of(Chooses::run).front(), folder_ / "loads.csv");
  // Points and texts are none, and neither is a folder of neither.
  open(file("points.csv", "x,y,class\n1,2,0\n2,3,1\n1,3,0\n"));
  open(file("prose.txt", "abc"));
  std::filesystem::create_directories(folder_ / "other");
  open((folder_ / "other").string());
  EXPECT_EQ(ui_.wants_recording.size(), 2u);
  EXPECT_NE(ui_.toasts.back().message.find("neither a run nor a recording"), std::string::npos);
}

TEST_F(OpenPath, ACheckpointOfAnotherProgramIsLookedAt) {
  const std::string header =
      R"({"model.layers.0.mlp.gate.weight":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]}})";
  std::string text(8, '\0');
  text[0] = static_cast<char>(header.size());
  open(file("model.safetensors", text + header + "1234"));
  ASSERT_EQ(ui_.wants_checkpoint.size(), 1u);
  EXPECT_EQ(ui_.wants_checkpoint[0], folder_ / "model.safetensors");
  // As models come: with shards and a config.json of their own, which is no setting of ours.
  std::filesystem::remove(folder_ / "model.safetensors");
  file("model.safetensors.index.json", "{}");
  file("config.json", R"({"model_type": "mixtral"})");
  open(folder_.string());
  ASSERT_EQ(ui_.wants_checkpoint.size(), 2u);
  EXPECT_EQ(ui_.wants_checkpoint[1], folder_);
  EXPECT_TRUE(ui_.toasts.empty());
  EXPECT_TRUE(out_.empty());
  EXPECT_TRUE(ui_.wants_settings.empty());
}

TEST_F(OpenPath, ARecordFindsItsTextOrSaysThatItIsAnother) {
  file("text.txt", "abc");
  const std::string record =
      file("config.json", R"({"config": {"corpus": "text.txt"}, "data": {"bytes": 3, "sha256": )"
                          R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}})");
  open(folder_.string());
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.corpus, (folder_ / "text.txt").string());
  file("text.txt", "abd");
  open(record);
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
  open(file("mine.json", R"({"experts": 16, "top_k": 4})"));
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.experts, 16);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.top_k, 4);
}

// They are read on a thread of their own: the window's does nothing of it, and what is turned meanwhile stays.
TEST_F(OpenPath, SettingsAreTakenUpOnceTheyAreReadAndKeepWhatWasTurnedMeanwhile) {
  open_path(ui_, out_, file("mine.json", R"({"experts": 16})"), 0);
  EXPECT_TRUE(out_.empty() && settings_.is_busy() == false);
  settings_.frame(ui_, out_, 0);
  EXPECT_TRUE(out_.empty());
  Config turned = ui_.knobs.draft;
  turned.top_k = 3;
  commit_edit(ui_.knobs, out_, turned);
  settle();
  EXPECT_EQ(ui_.knobs.draft.experts, 16);
  EXPECT_EQ(ui_.knobs.draft.top_k, 3);
  EXPECT_EQ(ui_.knobs.undo.size(), 2u);
}

// Which of several files of a name is the record's is said, as it is in a terminal.
TEST_F(OpenPath, WhatWasPassedOverIsSaid) {
  file("text.txt", "abc");
  std::filesystem::create_directories(folder_ / "away");
  std::ofstream(folder_ / "away" / "text.txt") << "abd";
  open(file("config.json", fmt::format(R"({{"config": {{"corpus": "{}"}}, "data": {{"bytes": 3, "sha256": )"
                                       R"("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"}}}})",
                                       (folder_ / "away" / "text.txt").native())));
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.corpus, (folder_ / "text.txt").string());
  ASSERT_EQ(ui_.toasts.size(), 2u);
  EXPECT_EQ(ui_.toasts[0].level, Notice::Level::warning);
  EXPECT_THAT(ui_.toasts[0].message, HasSubstr("is another text by now"));
}

// Of every mark of a run (tests/app/cli/words/path_words_test.cpp says the same of a command line).
TEST_F(OpenPath, ARunIsLookedAtWhateverItRecords) {
  for (const char* mark : {"metrics.csv", "tape.sqlite", "events.jsonl"}) {
    std::filesystem::create_directories(folder_ / mark);
    for (const char* beside : {mark, "config.json", "model.safetensors"})
      std::ofstream(folder_ / mark / beside) << "{}";
    open((folder_ / mark).string());
    EXPECT_THAT(ui_.wants_view, testing::ElementsAre((folder_ / mark).string()));
    EXPECT_TRUE(out_.empty() && ui_.toasts.empty());
    ui_.wants_view.clear();
  }
}

// Settings made for points do not suit a text: those that it is learned with are what its knobs are held against.
TEST_F(OpenPath, ATextInPlaceOfPointsBeginsFromItsPreset) {
  ui_.knobs.draft = ui_.knobs.sent = find_preset(kPointsPreset)->config;
  ui_.knobs.begins_from(find_preset(kPointsPreset)->title);
  open(file("letters.txt", "abc abc abc"));
  EXPECT_EQ(ui_.knobs.draft.task, TaskKind::language);
  EXPECT_EQ(ui_.knobs.began_from, find_preset(kDefaultPreset)->title);
  // Another text is learned with the same settings.
  ui_.knobs.begins_from("Switch");
  open(file("more.txt", "abc abc abc"));
  EXPECT_EQ(ui_.knobs.began_from, "Switch");
}

// This run learns what it learned, and nothing says otherwise.
TEST_F(OpenPath, WhatIsTriedBesideIsNotSaidOfThisRun) {
  ui_.knobs.beside = true;
  ui_.knobs.began_from = "Switch";
  open(file("letters.txt", "abc"));
  open(file("mine.json", R"({"experts": 16, "top_k": 4, "d_ff": 96})"));
  EXPECT_TRUE(out_.empty());
  ASSERT_EQ(ui_.knobs.besides.size(), 2u);
  EXPECT_EQ(ui_.knobs.besides[0].called, "Text letters.txt");
  EXPECT_EQ(ui_.knobs.besides[1].config.experts, 16);
  EXPECT_EQ(ui_.knobs.besides[0].began_from, "Switch") << "the same settings";
  EXPECT_EQ(ui_.knobs.besides[1].began_from, "") << "a file's, of another model";
  EXPECT_EQ(ui_.knobs.began_from, "Switch");
  EXPECT_TRUE(ui_.toasts.empty()) << ui_.toasts[0].message;
}

TEST_F(OpenPath, ABadConfigurationIsAToastThatNamesTheKeyAndNothingIsSent) {
  open(file("bad.json", R"({"experts": 0})"));
  EXPECT_TRUE(out_.empty());
  ASSERT_EQ(ui_.toasts.size(), 1u);
  EXPECT_THAT(ui_.toasts[0].message, HasSubstr("bad.json"));
  EXPECT_THAT(ui_.toasts[0].message, HasSubstr("1 to 256"));
}

TEST_F(OpenPath, ARunFolderGivesItsConfiguration) {
  file("config.json", R"({"config": {"experts": 4}})");
  open(folder_.string());
  ASSERT_EQ(out_.size(), 1u);
  EXPECT_EQ(std::get<SetConfig>(out_[0]).config.experts, 4);
}

TEST_F(OpenPath, WhatIsNotThereIsAToast) {
  open("/nowhere/letters.txt");
  EXPECT_TRUE(out_.empty());
  EXPECT_THAT(ui_.toasts.at(0).message, HasSubstr("/nowhere/letters.txt"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
