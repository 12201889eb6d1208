// The small parts around the workbench: glyphs, preferences, pictures, the steps to a screenshot.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <stb_image.h>
#include <sys/stat.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include "app/export/screenshot.h"
#include "app/run/live.h"
#include "app/run/text_opening.h"
#include "app/ui/glyphs.h"
#include "app/window/auto_writer.h"
#include "app/window/input_queue.h"
#include "app/window/preferences.h"
#include "app/window/shot.h"
#include "app/window/thread_cpu.h"
#include "app/window/window.h"
#include "core/base/file_name.h"
#include "core/base/printable.h"
#include "tests/support/mutants.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace {

using ::testing::HasSubstr;

// --- glyphs

TEST(Glyphs, HoldsWhatTheInterfaceWrites) {
  const Glyphs glyphs;
  for (const char32_t c : std::u32string_view(U"Az09~é×·…σ→–−∩“ "))
    EXPECT_TRUE(glyphs.code_points().contains(c)) << static_cast<unsigned>(c);
}

TEST(Glyphs, GrowsOnceWithTheCorpus) {
  Glyphs glyphs;
  EXPECT_TRUE(glyphs.add("привет"));
  EXPECT_FALSE(glyphs.add("тир"));
  EXPECT_TRUE(glyphs.code_points().contains(U'п'));
}

TEST(Glyphs, LeavesOutWhatTheScreenLibraryCannotHold) {
  Glyphs glyphs;
  EXPECT_FALSE(glyphs.add("🦊\n\t"));
}

TEST(Glyphs, SkipsBrokenBytes) {
  Glyphs glyphs;
  EXPECT_TRUE(
      glyphs.add("\xff\xfe"
                 "ж\xd0"));
  EXPECT_TRUE(glyphs.code_points().contains(U'ж'));
}

TEST(Glyphs, RangesCoverExactlyTheSet) {
  Glyphs glyphs;
  glyphs.add("жз日");
  const auto ranges = glyphs.ranges();
  ASSERT_EQ(ranges.size() % 2, 1u);
  EXPECT_EQ(ranges.back(), 0);
  std::size_t covered = 0;
  for (std::size_t i = 0; i + 1 < ranges.size(); i += 2) {
    ASSERT_LE(ranges[i], ranges[i + 1]);
    for (unsigned c = ranges[i]; c <= ranges[i + 1]; ++c, ++covered)
      EXPECT_TRUE(glyphs.code_points().contains(c)) << c;
  }
  EXPECT_EQ(covered, glyphs.code_points().size());
}

// --- preferences

TEST(PreferencesText, ComesBackAsItWas) {
  Preferences remembered;
  remembered.width = 1920;
  remembered.height = 1080;
  remembered.light_theme = true;
  remembered.scale = 1.5f;
  remembered.show_welcome = false;
  remembered.all_knobs = true;
  remembered.tour_seen = true;
  remembered.layer = 3;
  remembered.workspace = Workspace::health;
  remembered.knobs = {{"train", false}, {"routing", true}};
  remembered.shares = {{"train.1.text", {0.53f, 0.1f, 1.0f / 3}}};
  EXPECT_EQ(parse_preferences(to_text(remembered)), remembered);
}

TEST(PreferencesText, NonsenseIsIgnored) {
  EXPECT_EQ(parse_preferences("width=-5\nheight=abc\nscale=99\nwhat\n=\ntheme="), Preferences{});
  EXPECT_EQ(parse_preferences("workspace=kitchen\nknobs.kitchen=1\nlayout.train=0.5,x\nlayout.a=\nlayout.b=0.2,-1"),
            Preferences{});
  EXPECT_EQ(parse_preferences("height=1000").height, 1000);
  EXPECT_EQ(parse_preferences("knobs.TRAIN=1\nknobs.Train=0").knobs, (std::map<std::string, bool>{{"train", false}}));
  // Of layouts the window does not have, or with more parts than any has, nothing is kept and so nothing written back.
  std::string many = "layout.train.1.text=0.5";
  for (int i = 0; i < 1000; ++i) many += ",0.5";
  EXPECT_EQ(parse_preferences(many + "\nlayout.train.0.text=0.5\nlayout.train.1.text.narrow=0.5\nlayout.=0.5\nother=1"),
            Preferences{});
}

TEST(PreferencesText, MutantsAreValidOrLeftOut) {
  Preferences good;
  good.shares = {{"train.1.text", {0.53f, 0.1f, 1.0f / 3}}, {"health.1.points.wide", {0.5f}}};
  good.knobs = {{"routing", true}};
  test::try_mutants(to_text(good), 4, [](const std::string& bad) {
    const Preferences read = parse_preferences(bad);
    EXPECT_TRUE(read.width >= 960 && read.width <= 16384 && read.height >= 600 && read.height <= 16384) << bad;
    EXPECT_TRUE(read.scale >= 0 && read.scale <= 4) << bad;
    for (const auto& [name, shares] : read.shares)
      EXPECT_TRUE(!shares.empty() && std::all_of(shares.begin(), shares.end(), [](float s) { return s >= 0 && s <= 1; })) << bad;
    EXPECT_EQ(parse_preferences(to_text(read)), read) << bad;
    return true;
  });
}

// The file of preferences may be anything: the window opens with its defaults, and leaves a good one behind.
TEST(PreferencesFile, NeverStandsInTheWay) {
  const test::TemporaryFolder folder;
  const auto kept = std::getenv("XDG_CONFIG_HOME") ? std::optional<std::string>(std::getenv("XDG_CONFIG_HOME")) : std::nullopt;
  setenv("XDG_CONFIG_HOME", folder.path().c_str(), 1);
  const std::filesystem::path file = preferences_file();
  std::filesystem::create_directories(file.parent_path());
  Preferences wide;
  wide.width = 1900;
  EXPECT_EQ(read_preferences(), Preferences{}) << "none";
  write_preferences(wide);
  EXPECT_EQ(read_preferences(), wide);
  std::filesystem::resize_file(file, 1 << 30);
  EXPECT_EQ(read_preferences(), Preferences{}) << "a gigabyte";
  std::filesystem::remove(file);
  ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
  EXPECT_EQ(read_preferences(), Preferences{}) << "a pipe that nobody writes to";
  write_preferences(wide);
  EXPECT_EQ(read_preferences(), wide);
  std::filesystem::remove(file);
  std::filesystem::create_directories(file / "below");
  EXPECT_EQ(read_preferences(), Preferences{}) << "a folder";
  write_preferences(wide);
  if (kept) setenv("XDG_CONFIG_HOME", kept->c_str(), 1);
  else unsetenv("XDG_CONFIG_HOME");
}

TEST(WindowSize, IsNoMoreThanTheLargestScreen) {
  const Extent screens[] = {{1920, 1080}, {1080, 1920}};
  const auto fits = [&](Extent wanted, std::span<const Extent> on) {
    const Extent size = fitted(wanted, on);
    return std::pair(size.width, size.height);
  };
  EXPECT_EQ(fits({16384, 16384}, screens), std::pair(1920, 1920));
  EXPECT_EQ(fits({16384, 16384}, std::span(screens, 1)), std::pair(1920, 1080));
  EXPECT_EQ(fits({1280, 720}, screens), std::pair(1280, 720));
  EXPECT_EQ(fits({1280, 720}, {}), std::pair(1280, 720)) << "no screen is known";
}

// --- pictures

void expect_holds(const std::vector<std::uint8_t>& png, const Image& image) {
  int width = 0, height = 0, channels = 0;
  stbi_uc* pixels = stbi_load_from_memory(png.data(), static_cast<int>(png.size()), &width, &height, &channels, 3);
  ASSERT_NE(pixels, nullptr);
  EXPECT_EQ(width, image.width);
  EXPECT_EQ(height, image.height);
  EXPECT_TRUE(std::equal(image.rgb.begin(), image.rgb.end(), pixels));
  stbi_image_free(pixels);
}

TEST(Png, HoldsThePixelsAndTheText) {
  Image image{3, 2, {}};
  for (std::uint8_t i = 0; i < 18; ++i) image.rgb.push_back(static_cast<std::uint8_t>(i * 10));
  const auto png = encode_png(image, R"({"step":7})");
  expect_holds(png, image);

  const std::string bytes(png.begin(), png.end());
  const std::size_t at = bytes.find("tEXtswitchyard");
  ASSERT_NE(at, std::string::npos);
  EXPECT_EQ(bytes.substr(at + 15, 10), R"({"step":7})");
  // A chunk's length: keyword, a zero, the text.
  EXPECT_EQ(static_cast<unsigned char>(bytes[at - 1]), 10 + 1 + 10);
  EXPECT_EQ(bytes.substr(at + 25, 4), "\x68\xa1\x03\xc8");  // zlib.crc32(b'tEXtswitchyard\0{"step":7}')
}

TEST(Png, OfManyColoursOrFewHoldsEveryPixel) {
  for (const std::uint8_t colours : std::array<std::uint8_t, 3>{1, 2, 255}) {
    Image image{61, 37, {}};
    for (std::size_t pixel = 0; pixel < 61 * 37; ++pixel)
      for (const std::size_t part : {1, 7, 31}) image.rgb.push_back(static_cast<std::uint8_t>(pixel * part / 3 % colours));
    const auto png = encode_png(image, "");
    expect_holds(png, image);
    constexpr std::size_t kColourType = 25;  // of the header's bytes
    EXPECT_EQ(png.at(kColourType), colours == 255 ? 2 : 3) << int{colours};
  }
}

TEST(Png, WithoutPixelsIsEmpty) {
  EXPECT_TRUE(encode_png({0, 5, {}}, "").empty());
  EXPECT_TRUE(encode_png({2, 2, {1, 2, 3}}, "").empty());
}

TEST(Png, IsWrittenWholeIntoAFolderItMakes) {
  const Image image{1, 1, {1, 2, 3}};
  const std::filesystem::path path = std::filesystem::temp_directory_path() / "switchyard_png_test" / "a.png";
  ASSERT_TRUE(write_png(path.string(), image, "a"));
  EXPECT_TRUE(std::filesystem::exists(path));
  EXPECT_FALSE(std::filesystem::exists(path.string() + ".part"));
  std::filesystem::remove_all(path.parent_path());
}

TEST(Png, AFolderThatCannotBeWrittenIsNamed) {
  const auto written = write_png("/proc/nowhere/a.png", {1, 1, {1, 2, 3}}, "");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("/proc/nowhere/a.png"));
}

// --- files from outside

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

// --- keys

constexpr int kCtrl = 341, kQ = 81, kA = 65, kBackspace = 259, kPress = 1, kRelease = 0, kRepeat = 2,
              kCtrlHeld = 2;

std::vector<std::pair<int, int>> frame_of(InputQueue& queue) {
  std::vector<std::pair<int, int>> out;
  for (const auto& [key, mouse] : queue.take_frame())
    if (!mouse) out.emplace_back(key.key, key.action);
  return out;
}
using Taps = std::vector<std::pair<int, int>>;

TEST(InputQueue, ATapTakesTwoFrames) {
  InputQueue queue;
  queue.push(KeyEvent{kA, 0, kPress, 0});
  queue.push(KeyEvent{kA, 0, kRelease, 0});
  EXPECT_EQ(frame_of(queue), (Taps{{kA, kPress}}));
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(frame_of(queue), (Taps{{kA, kRelease}}));
  EXPECT_TRUE(queue.empty());
}

TEST(InputQueue, AModifierIsDownInTheFrameThatSeesTheKey) {
  InputQueue queue;
  queue.push(KeyEvent{kCtrl, 0, kPress, 0});
  queue.push(KeyEvent{kQ, 0, kPress, 0});
  queue.push(KeyEvent{kCtrl, 0, kRelease, 0});
  queue.push(KeyEvent{kQ, 0, kRelease, 0});
  EXPECT_EQ(frame_of(queue), (Taps{{kCtrl, kPress}, {kQ, kPress}}));
  EXPECT_EQ(frame_of(queue), (Taps{{kCtrl, kRelease}, {kQ, kRelease}}));

  queue.push(KeyEvent{kCtrl, 0, kPress, 0});
  EXPECT_EQ(frame_of(queue), (Taps{{kCtrl, kPress}}));
  queue.push(KeyEvent{kQ, 0, kPress, 0});
  queue.push(KeyEvent{kCtrl, 0, kRelease, 0});
  EXPECT_EQ(frame_of(queue), (Taps{{kQ, kPress}}));
  EXPECT_EQ(frame_of(queue), (Taps{{kCtrl, kRelease}}));
}

TEST(InputQueue, AKeyThatIsHeldTakesOneFrame) {
  InputQueue queue;
  queue.push(KeyEvent{kA, 0, kPress, 0});
  for (int i = 0; i < 300; ++i) queue.push(KeyEvent{kA, 0, kRepeat, 0});
  EXPECT_EQ(frame_of(queue), (Taps{{kA, kPress}}));
  EXPECT_TRUE(queue.empty());
}

TEST(InputQueue, ManyTapsOfAKeyAreAFewAndEndReleased) {
  InputQueue queue;
  for (int i = 0; i < 300; ++i) {
    queue.push(KeyEvent{kA, 0, kPress, 0});
    queue.push(KeyEvent{0, 0, 0, 0, 'a'});  // its character
    queue.push(KeyEvent{kA, 0, kRelease, 0});
  }
  std::size_t presses = 0, releases = 0, frames = 0, characters = 0;
  int last = kPress;
  for (; !queue.empty(); ++frames)
    for (const auto& [event, mouse] : queue.take_frame()) {
      if (event.character != 0) {
        ++characters;
        continue;
      }
      ++(event.action == kPress ? presses : releases);
      last = event.action;
    }
  EXPECT_EQ(presses, InputQueue::kMostTaps);
  EXPECT_EQ(releases, presses);
  EXPECT_EQ(last, kRelease);
  EXPECT_EQ(characters, 300u);
  EXPECT_LE(frames, 2 * InputQueue::kMostTaps + 1);
}

TEST(InputQueue, TapsThatAreNotOneAfterAnotherAllCount) {
  InputQueue queue;
  for (int i = 0; i < 20; ++i)
    for (const int key : {kA, kQ}) {
      queue.push(KeyEvent{key, 0, kPress, 0});
      queue.push(KeyEvent{key, 0, kRelease, 0});
    }
  int presses = 0;
  while (!queue.empty())
    for (const auto& [key, action] : frame_of(queue)) presses += action == kPress;
  EXPECT_EQ(presses, 40);
}

// What a text field makes of the events, frame by frame.
std::string typed(InputQueue& queue) {
  std::string text;
  while (!queue.empty()) {
    bool erase = false;
    for (const auto& [event, mouse] : queue.take_frame(true)) {
      if (event.character != 0) text += static_cast<char>(event.character);
      else erase = erase || (event.key == kBackspace && event.action == kPress);
    }
    if (erase && !text.empty()) text.pop_back();  // ImGui takes a frame's characters before its keys
  }
  return text;
}
void type(InputQueue& queue, std::string_view text) {
  for (const char c : text) {
    const int key = c == '<' ? kBackspace : c - 'a' + kA;
    queue.push(KeyEvent{key, 0, kPress, 0}, true);
    if (c != '<') queue.push(KeyEvent{0, 0, 0, 0, static_cast<unsigned>(c)}, true);
    queue.push(KeyEvent{key, 0, kRelease, 0}, true);
  }
}

TEST(InputQueue, TypedTextKeepsItsOrderAmongTheKeysThatEditIt) {
  InputQueue queue;
  type(queue, "abx<c<<deee<<<<<f");
  EXPECT_EQ(typed(queue), "f");
  type(queue, "onc<<e");
  EXPECT_EQ(typed(queue), "oe");
}

TEST(InputQueue, LettersBehindAKeyThatMayOpenAFieldWaitForIt) {
  InputQueue queue;
  queue.push(KeyEvent{kCtrl, 0, kPress, 0});
  queue.push(KeyEvent{'F', 0, kPress, kCtrlHeld});
  queue.push(KeyEvent{kCtrl, 0, kRelease, kCtrlHeld});
  queue.push(KeyEvent{'F', 0, kRelease, 0});
  queue.push(KeyEvent{kA, 0, kPress, 0});
  queue.push(KeyEvent{.character = 'a'});
  queue.push(KeyEvent{kA, 0, kRelease, 0});
  EXPECT_EQ(frame_of(queue), (Taps{{kCtrl, kPress}, {'F', kPress}}));
  for (int i = 0; i < InputQueue::kFramesToAField; ++i)
    for (const auto& [key, action] : frame_of(queue)) EXPECT_NE(key, kA);
  EXPECT_EQ(queue.take_frame(true).size(), 3u);
  EXPECT_TRUE(queue.empty());
}

TEST(InputQueue, LettersOfATextWaitForNoFrame) {
  InputQueue queue;
  type(queue, std::string(300, 'l'));
  EXPECT_EQ(queue.take_frame(true).size(), 900u);
  EXPECT_TRUE(queue.empty());
}

// A letter typed while the palette opens is not for the field that has the keyboard still.
TEST(InputQueue, LettersWaitForAFieldThatIsAwaitedWhateverHasTheKeyboard) {
  InputQueue queue;
  type(queue, "a");
  EXPECT_TRUE(queue.take_frame(true, true).empty());
  EXPECT_TRUE(queue.take_frame(true, true).empty());
  EXPECT_EQ(queue.take_frame(true).size(), 3u);
}

MouseEvent moved(float x, float y = 5) { return {.x = x, .y = y}; }
MouseEvent pressed(int button = 0, double at = 0) {
  return {.kind = MouseEvent::Kind::button, .button = button, .down = true, .earliest_s = at, .latest_s = at};
}
MouseEvent let_go(int button = 0) { return {.kind = MouseEvent::Kind::button, .button = button}; }
MouseEvent turned(float y) { return {.kind = MouseEvent::Kind::wheel, .y = y}; }

// A frame's input in short: "10 +0" is moved to 10, button 0 down; "w1" the wheel, "k65" a key.
std::string frame_text(InputQueue& queue, bool typing = false) {
  std::string text;
  for (const auto& [key, mouse] : queue.take_frame(typing)) {
    if (!text.empty()) text += ' ';
    if (!mouse) text += key.character ? fmt::format("c{}", key.character) : fmt::format("{}{}", key.action == kPress ? "k" : "K", key.key);
    else if (mouse->kind == MouseEvent::Kind::move) text += fmt::format("{}", mouse->x);
    else if (mouse->kind == MouseEvent::Kind::wheel) text += fmt::format("w{}", mouse->y);
    else text += fmt::format("{}{}", mouse->down ? "+" : "-", mouse->button);
  }
  return text;
}
std::vector<std::string> frames(InputQueue& queue) {
  std::vector<std::string> all;
  while (!queue.empty() && all.size() < 100) all.push_back(frame_text(queue));
  return all;
}
using Frames = std::vector<std::string>;

TEST(InputQueue, TwoClicksBetweenTwoFramesAreBothSeen) {
  InputQueue queue;
  queue.push(moved(10));
  for (int i = 0; i < 2; ++i) {
    queue.push(pressed());
    queue.push(let_go());
  }
  EXPECT_EQ(frames(queue), (Frames{"10 +0", "-0", "+0", "-0"}));
}

TEST(InputQueue, AQuickDragBeginsWhereItWasPressedAndEndsWhereItWasLetGo) {
  InputQueue queue;
  queue.push(moved(10));
  queue.push(pressed());
  for (int x = 11; x <= 60; ++x) queue.push(moved(static_cast<float>(x)));
  queue.push(let_go());
  for (int x = 61; x <= 90; ++x) queue.push(moved(static_cast<float>(x)));
  EXPECT_EQ(frames(queue), (Frames{"10 +0", "60", "-0", "90"}));
}

TEST(InputQueue, TheWheelTurnsWhereTheMouseIs) {
  InputQueue queue;
  queue.push(moved(10));
  queue.push(turned(1));
  queue.push(turned(1));
  queue.push(moved(20));
  queue.push(pressed());
  queue.push(turned(-1));
  EXPECT_EQ(frames(queue), (Frames{"10 w1 w1", "20 +0", "w-1"}));
}

TEST(InputQueue, KeysAndClicksKeepTheirOrder) {
  InputQueue queue;
  queue.push(KeyEvent{kCtrl, 0, kPress, 0});
  queue.push(pressed());
  queue.push(KeyEvent{kCtrl, 0, kRelease, 0});
  queue.push(let_go());
  queue.push(KeyEvent{kA, 0, kPress, 0});
  queue.push(KeyEvent{.character = 'a'});
  queue.push(pressed());
  EXPECT_EQ(frames(queue), (Frames{fmt::format("k{} +0", kCtrl), fmt::format("K{} -0", kCtrl), "k65 c97", "+0"}))
      << "Ctrl is down in the frame of the click; a letter behind it is for what it opened";
}

TEST(InputQueue, ClicksBeyondManyAreLetGoAndNoneIsLeftDown) {
  InputQueue queue;
  for (int i = 0; i < 100; ++i) {
    queue.push(pressed());
    queue.push(let_go());
  }
  std::size_t down = 0, up = 0;
  std::string last;
  for (const std::string& text : frames(queue)) ++(text == "+0" ? down : up), last = text;
  EXPECT_EQ(down, InputQueue::kMostClicks);
  EXPECT_EQ(up, down);
  EXPECT_EQ(last, "-0");
  queue.push(pressed());
  EXPECT_EQ(frame_text(queue), "+0");
}

TEST(InputQueue, ADoubleClickIsToldByWhenItHappened) {
  DoubleClicks clicks;
  EXPECT_FALSE(clicks.is_second(pressed(0, 1)));
  EXPECT_TRUE(clicks.is_second(pressed(0, 1.06)));
  EXPECT_FALSE(clicks.is_second(pressed(0, 1.4)));
  EXPECT_FALSE(clicks.is_second(pressed(1, 1.45))) << "another button";
  MouseEvent late = pressed(0, 1.9);
  late.earliest_s = 1.52;  // a frame was drawn meanwhile
  EXPECT_TRUE(clicks.is_second(late));
}

TEST(InputQueue, QuittingIsToldFromOtherKeys) {
  const Chord quit{.key = viz::Key::q, .ctrl = true};
  EXPECT_TRUE(asks_for({kQ, 0, kPress, kCtrlHeld}, quit));
  EXPECT_FALSE(asks_for({kQ, 0, kRelease, kCtrlHeld}, quit));
  EXPECT_FALSE(asks_for({kQ, 0, kPress, 0}, quit));
  EXPECT_FALSE(asks_for({kQ, 0, kPress, kCtrlHeld | 1}, quit));  // with Shift
  EXPECT_FALSE(asks_for({kA, 0, kPress, kCtrlHeld}, quit));
  EXPECT_FALSE(asks_for({0, 0, 0, 0, 'q'}, quit));
}

// --- the model writes by itself

TEST(AutoWriter, WritesNowAndThenUntilSomebodyGeneratesByHand) {
  AutoWriter writer;
  UiState ui;
  RunStatus status;
  status.state = RunState::playing;
  status.step = AutoWriter::kFirstStep - 1;
  Commands out;
  writer.frame(status, ui, out, 0);
  EXPECT_TRUE(out.empty());
  status.step = AutoWriter::kFirstStep;
  writer.frame(status, ui, out, 1);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(std::get<Generate>(out[0]).id, ui.generation_id);
  EXPECT_TRUE(ui.generating);

  out.clear();
  ui.generating = false;
  writer.frame(status, ui, out, 3);
  writer.frame(status, ui, out, 3 + AutoWriter::kPauseSeconds - 0.1);
  EXPECT_TRUE(out.empty());
  writer.frame(status, ui, out, 3 + AutoWriter::kPauseSeconds);
  EXPECT_EQ(out.size(), 1u);

  ui.generating = false;
  out.assign(1, Generate{});  // the button was pressed
  writer.frame(status, ui, out, 50);
  out.clear();
  writer.frame(status, ui, out, 500);
  EXPECT_TRUE(out.empty());
}

// --- the steps to a picture

TEST(Shot, WaitsForTheLookAtTheVeryStep) {
  Shot shot(20);
  Live live;
  UiState ui;
  AutoWriter writer;
  Commands out;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);
  live.status.state = RunState::paused;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);
  ASSERT_EQ(out.size(), 1u);
  EXPECT_EQ(std::get<StepSome>(out[0]).steps, 20);
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);  // still at step 0
  live.status.step = 20;
  auto snapshot = std::make_shared<Snapshot>();
  snapshot->step = 15;
  live.run().snapshot = snapshot;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);
  snapshot->step = 20;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::wait);
  EXPECT_TRUE(ui.generating);
  ui.generating = false;
  Shot::Next next = Shot::Next::wait;
  int frames = 0;
  while ((next = shot.frame(live, ui, writer, out)) != Shot::Next::save && frames < 20) ++frames;
  EXPECT_EQ(next, Shot::Next::save);
  EXPECT_GE(frames, 2);
}

TEST(Shot, AFailedRunEndsIt) {
  Shot shot(20);
  Live live;
  UiState ui;
  AutoWriter writer;
  Commands out;
  live.status.state = RunState::failed;
  EXPECT_EQ(shot.frame(live, ui, writer, out), Shot::Next::failed);
}

// --- what the machine says

TEST(Machine, CountsItsOwnCpuAndCores) {
  DrawingCpu cpu;
  const double before = cpu.seconds(0);
  double sum = 0;
  for (int i = 0; i < 1'000'000; ++i) sum += 1.0 / (1 + i);
  EXPECT_GT(sum, 1);
  EXPECT_GT(cpu.seconds(0), before);
  EXPECT_GE(usable_cores(), 1);
  EXPECT_GT(resident_bytes(), 1e6);
}

}  // namespace
}  // namespace switchyard::app
