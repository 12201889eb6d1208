// Keys and presses between two frames.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "app/window/system/input_queue.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

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

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
