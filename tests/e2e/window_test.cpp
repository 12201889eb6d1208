// The real window on a real (virtual) display: it trains, k and the number of experts change while it
// does, it takes its own picture, and it closes with the run on disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <imgui.h>
#include <stb_image.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <random>
#include <thread>

#include "app/cli/terminal.h"
#include "app/run/edits.h"
#include "app/ui/registry.h"
#include "app/window/application.h"
#include "app/window/system/window.h"
#include "core/train/interface/engine_loader.h"
#include "tests/e2e/hand.h"
#include "tests/e2e/program.h"
#include "tests/support/environment.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

// What these windows remember is not what the user's do.
const test::TemporaryFolder state_home;
const test::EnvironmentVariable state_variable("XDG_STATE_HOME", state_home.path().string());
const test::EnvironmentVariable config_variable("XDG_CONFIG_HOME", state_home.path().string());

Result<Options> options_of(std::vector<std::string> words, bool tiny = true) {
  words.insert(words.begin(), "switchyard");
  if (tiny)
    for (const std::string& word : test::tiny_model()) words.push_back(word);
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  return parse_options(static_cast<int>(arguments.size()), arguments.data());
}

std::filesystem::path only_file_in(const std::filesystem::path& folder) {
  std::filesystem::path found;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) found = entry.path();
  return found;
}

// The user, frame by frame: each stage waits for the effect of the one before.
class Visitor {
 public:
  void frame(const Live& live, UiState& ui, std::vector<Command>& out) {
    if (std::chrono::steady_clock::now() > deadline_) {
      ADD_FAILURE() << "stuck in stage " << stage_ << " at step " << live.status.step << ": " << live.status.message;
      ui.wants_quit = true;
      return;
    }
    const bool applied = live.status.config && ui.knobs.sent_revision > 0 && live.status.revision >= ui.knobs.sent_revision;
    switch (stage_) {
      case 0:
        if (live.status.step < 3) return;
        edit(ui, out, [](Config& c) { c.top_k = 3; });
        return;
      case 1:
        if (!applied || live.status.config->top_k != 3) return;
        edit(ui, out, [](Config& c) { c.experts = 11; });
        return;
      case 2:
        if (!applied || live.status.config->experts != 11) return;
        if (!live.run().snapshot || live.run().snapshot->layers.empty() || live.run().snapshot->layers[0].experts != 11) return;
        ui.wants_screenshot = true;
        ++stage_;
        return;
      case 3:
        ui.wants_quit = true;
        ++stage_;
        return;
      default: return;
    }
  }
  int stage() const { return stage_; }

 private:
  template <class Change>
  void edit(UiState& ui, std::vector<Command>& out, Change change) {
    Config next = ui.knobs.draft;
    change(next);
    commit_edit(ui.knobs, out, next);
    ++stage_;
  }

  int stage_ = 0;
  std::chrono::steady_clock::time_point deadline_ = std::chrono::steady_clock::now() + std::chrono::minutes(4);
};

TEST(RealWindow, TrainsChangesKAndExpertsLiveAndTakesItsPicture) {
  prepare_process();
  const test::ScratchFolder scratch;
  const std::string run = scratch / "run";
  const auto options = options_of({"--out", run, "--size", "1280x720", "--set", "threads=1"});
  ASSERT_TRUE(options) << options.error().message;

  Visitor visitor;
  const auto ended = run_window(*options, make_engine_trainer,
                                [&](const Live& live, UiState& ui, std::vector<Command>& out) { visitor.frame(live, ui, out); });
  ASSERT_TRUE(ended) << ended.error().message;
  EXPECT_EQ(visitor.stage(), 4);

  const std::string events = test::read_text(std::filesystem::path(run) / "events.jsonl");
  EXPECT_THAT(events, HasSubstr("\"top_k\""));
  EXPECT_THAT(events, HasSubstr("\"experts\""));
  for (const char* file : {"config.json", "metrics.csv", "routing.jsonl", "model.safetensors"})
    EXPECT_TRUE(std::filesystem::is_regular_file(std::filesystem::path(run) / file)) << file;

  int width = 0, height = 0, channels = 0;
  const std::string picture = only_file_in(std::filesystem::path(run) / "screenshots").string();
  unsigned char* pixels = stbi_load(picture.c_str(), &width, &height, &channels, 3);
  ASSERT_NE(pixels, nullptr) << picture;
  EXPECT_EQ(width, 1280);
  EXPECT_EQ(height, 720);
  std::map<std::uint32_t, int> colours;
  for (int i = 0; i < width * height; ++i)
    ++colours[static_cast<std::uint32_t>(pixels[3 * i] << 16 | pixels[3 * i + 1] << 8 | pixels[3 * i + 2])];
  stbi_image_free(pixels);
  const int commonest = std::max_element(colours.begin(), colours.end(), [](auto& a, auto& b) { return a.second < b.second; })->second;
  EXPECT_GT(colours.size(), 500U) << "a drawn window has many colours";
  EXPECT_LT(commonest, width * height * 9 / 10) << "and is not mostly one of them";
}

// Frames that are drawn in part leave what whole ones leave, to the byte.
TEST(RealWindow, WhatIsKeptOfFramesIsWhatIsDrawnWhole) {
  prepare_process();
  auto opened = Window::open({.title = "parts", .width = 960, .height = 600});
  ASSERT_TRUE(opened) << opened.error().message;
  Window& window = **opened;
  if (!window.draws_in_software()) return;  // then each frame is drawn whole
  ImGui::GetIO().Fonts->AddFontDefault();
  window.upload_fonts();
  std::mt19937 random(3);
  const auto place = [&](int most) { return static_cast<float>(random() % static_cast<unsigned>(most)); };
  std::vector<ImVec4> boxes;
  for (int frame = 0; frame < 60; ++frame) {
    window.wait_events(0);
    ImGui::GetIO().MousePos = {place(960), place(600)};
    window.begin_frame(false);
    if (random() % 3 == 0) boxes.push_back({place(900), place(560), place(300), place(200)});
    if (!boxes.empty() && random() % 4 == 0) boxes.erase(boxes.begin());
    for (std::size_t i = 0; i < boxes.size(); ++i) {
      ImGui::SetNextWindowPos({boxes[i].x, boxes[i].y});
      ImGui::SetNextWindowSize({60 + boxes[i].z, 40 + boxes[i].w});
      ImGui::Begin(("window " + std::to_string(i)).c_str());
      ImGui::Text("frame %d", frame / 7 * 7);
      ImGui::GetWindowDrawList()->AddCircleFilled({boxes[i].x + 90.3F, boxes[i].y + 60.7F}, 30 + static_cast<float>(i), 0x80ff8040);
      ImGui::End();
    }
    if (frame % 5 == 0) ImGui::SetTooltip("here");
    window.end_frame();
    const auto kept = window.shown(), whole = window.picture();
    ASSERT_TRUE(kept && whole);
    ASSERT_EQ(kept->rgb == whole->rgb, true) << "frame " << frame;
  }
}

// Three windows one after another: one records into a folder of its own and chooses, the next goes on with that
// run and has it chosen, the third begins another and is offered the first.
TEST(RealWindow, ANewStartOffersWhereOneLeftOff) {
  prepare_process();
  const test::ScratchFolder scratch;
  const test::EnvironmentVariable data("XDG_DATA_HOME", scratch / "data");
  const std::string run = scratch / "a run elsewhere", third = scratch / "third";
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(4);
  const auto window = [&](const Result<Options>& options, const std::function<bool(const Live&, UiState&)>& done) {
    ASSERT_TRUE(options) << options.error().message;
    bool was_done = false;
    const auto ended =
        run_window(*options, make_engine_trainer, [&](const Live& live, UiState& ui, std::vector<Command>&) {
          was_done = was_done || done(live, ui);
          ui.wants_quit = was_done || std::chrono::steady_clock::now() > deadline;
        });
    ASSERT_TRUE(ended) << ended.error().message;
    ASSERT_TRUE(was_done) << "it took too long";
  };
  std::vector<std::uint8_t> chosen;
  std::string id;
  window(options_of({"--out", run}), [&](const Live& live, UiState& ui) {
    const auto& look = live.run().snapshot;
    if (live.status.step < 3 || !look || !look->tokens) return false;
    chosen.assign(probe_size(look.get()), 0);
    for (std::size_t t = 0; t < chosen.size(); t += 5) chosen[t] = 1;
    ui.selection = select(*look, chosen, "every fifth");
    ui.pinned_expert = 2;
    id = live.run().id;
    return true;
  });
  window(options_of({"--resume", run}, false), [&](const Live& live, UiState& ui) {
    if (!ui.selection.active()) return false;
    EXPECT_EQ(live.run().id, id);
    EXPECT_EQ(ui.selection.chosen, chosen);
    EXPECT_EQ(ui.selection.of, "every fifth");
    EXPECT_EQ(ui.pinned_expert, 2);
    return true;
  });
  window(options_of({"--out", third}), [&](const Live& live, UiState& ui) {
    if (live.status.step < 3 || ui.recent.empty()) return false;
    EXPECT_EQ(ui.recent.size(), 1u);
    EXPECT_EQ(ui.recent[0].run.folder, run);
    EXPECT_EQ(ui.recent[0].run.id, id);
    EXPECT_FALSE(ui.selection.active());
    return true;
  });
}

TEST(RealWindow, TakesAPictureOfPoints) {
  const test::ScratchFolder scratch;
  const std::string picture = scratch / "points.png";
  test::RunOptions options;
  options.display = true;
  const test::Outcome outcome = test::run_program(
      {"--preset", "clusters-plane", "--set", "threads=1", "--screenshot", picture, "--after-steps", "30", "--size", "1280x720"}, options);
  ASSERT_EQ(outcome.code, 0) << outcome.err;
  int width = 0, height = 0, channels = 0;
  unsigned char* pixels = stbi_load(picture.c_str(), &width, &height, &channels, 3);
  ASSERT_NE(pixels, nullptr);
  stbi_image_free(pixels);
  EXPECT_EQ(width, 1280);
}

// The user in a hurry: events come faster than frames, and none is lost.
class InAHurry {
 public:
  // The window's thread, behind each frame.
  void frame(const Live& live, UiState& ui) {
    const std::lock_guard lock(mutex_);
    places_.clear();
    for (const auto& [name, item] : registry_.items())
      if (item.in_view) places_[name] = item.centre();
    registry_.begin_frame();
    ImGui::GetIO().UserData = &registry_;
    if (order_) order_(ui);
    order_ = nullptr;
    step_ = live.status.step;
    fit_ = ui.timeline.fit;
    loss_fit_ = ui.plots["loss"].fit_x;
    experts_ = ui.knobs.draft.experts;
    ui.wants_quit = ui.wants_quit || done_;
  }
  // Its own thread.
  void act() {
    test::Hand hand;
    EXPECT_TRUE(hand.found_window());
    if (hand.found_window()) in_a_hurry(hand);
    const std::lock_guard lock(mutex_);
    done_ = true;
  }

 private:
  static void rest(int ms) { std::this_thread::sleep_for(std::chrono::milliseconds(ms)); }
  // In the window's thread, behind the next frame.
  void order(std::function<void(UiState&)> what) {
    {
      const std::lock_guard lock(mutex_);
      order_ = std::move(what);
    }
    EXPECT_TRUE(soon([this] { return !order_; }));
  }
  bool soon(const std::function<bool()>& is_so) {
    for (int i = 0; i < 600; ++i, rest(50)) {
      const std::lock_guard lock(mutex_);
      if (is_so()) return true;
    }
    return false;
  }
  std::optional<ImVec2> place(const std::string& name) {
    std::optional<ImVec2> at;
    EXPECT_TRUE(soon([&] {
      const auto found = places_.find(name);
      if (found != places_.end()) at = found->second;
      return at.has_value();
    })) << name;
    return at;
  }
  void point(test::Hand& hand, ImVec2 at) { hand.point(static_cast<int>(at.x), static_cast<int>(at.y)); }

  void in_a_hurry(test::Hand& hand) {
    ASSERT_TRUE(soon([this] { return step_ >= 12; }));
    // Both clicks between two frames, or with one between them.
    const auto strip = place("Timeline/strip");
    ASSERT_TRUE(strip);
    for (const int ms : {60, 120}) {
      order([](UiState& ui) {
        ui.timeline.fit = false;
        ui.timeline.x_min = 1, ui.timeline.x_max = 5;
      });
      rest(350);  // else it would be a third click
      point(hand, *strip);
      hand.click();
      rest(ms);
      hand.click();
      EXPECT_TRUE(soon([this] { return fit_; })) << "a double click of " << ms << " ms";
    }
    const auto title = place("Loss/title");
    ASSERT_TRUE(title);
    for (const int ms : {60, 120}) {
      order([](UiState& ui) {
        viz::PlotState& plot = ui.plots["loss"];
        plot.fit_x = false;
        plot.x_min = 2, plot.x_max = 6;
      });
      rest(350);
      point(hand, {title->x + 150, title->y + 90});
      hand.click();
      rest(ms);
      hand.click();
      EXPECT_TRUE(soon([this] { return loss_fit_; })) << "a double click of " << ms << " ms";
    }
    // Down, across and up at once.
    const auto divider = place("divider 0");
    ASSERT_TRUE(divider);
    point(hand, *divider);
    hand.button(true);
    for (const float by : {20.0f, 45.0f, 70.0f}) {
      point(hand, {divider->x + by, divider->y});
      rest(5);
    }
    hand.button(false);
    point(hand, {divider->x + 300, divider->y});
    EXPECT_TRUE(soon([&] {
      return places_.contains("divider 0") && std::abs(places_["divider 0"].x - divider->x - 70) < 2;
    })) << places_["divider 0"].x - divider->x
        << " pixels";
    // All of it replaced, typed and entered before the field is there.
    const auto value = place("Experts/value");
    ASSERT_TRUE(value);
    for (const int experts : {16, 9, 12}) {
      point(hand, *value);
      hand.click();
      hand.key("a", true);
      for (const char digit : std::to_string(experts)) hand.key(std::string(1, digit).c_str());
      hand.key("Return");
      EXPECT_TRUE(soon([&] { return experts_ == experts; })) << experts;
      rest(350);
    }
  }

  std::mutex mutex_;
  Registry registry_;
  std::map<std::string, ImVec2> places_;
  std::function<void(UiState&)> order_;
  std::int64_t step_ = 0, experts_ = 0;
  bool fit_ = true, loss_fit_ = true, done_ = false;
};

TEST(RealWindow, LosesNothingOfAHurriedHand) {
  prepare_process();
  const test::ScratchFolder scratch;
  const auto options =
      options_of({"--out", scratch / "run", "--size", "1280x720", "--set", "threads=1", "--workspace", "train"});
  ASSERT_TRUE(options) << options.error().message;
  InAHurry visitor;
  std::thread hand([&] { visitor.act(); });
  const auto ended =
      run_window(*options, make_engine_trainer, [&](const Live& live, UiState& ui, std::vector<Command>&) {
        ui.reading.tour = -1;
        visitor.frame(live, ui);
      });
  hand.join();
  ASSERT_TRUE(ended) << ended.error().message;
}

// Mesa can be told to offer no more than an old version.
TEST(RealWindow, SaysWhatIsMissingWhereOpenGlIsTooOld) {
  setenv("MESA_GL_VERSION_OVERRIDE", "2.1", 1);
  test::RunOptions options;
  options.display = true;
  const test::Outcome outcome = test::run_program({"--steps", "1"}, options);
  unsetenv("MESA_GL_VERSION_OVERRIDE");
  EXPECT_EQ(outcome.code, 2);
  EXPECT_THAT(outcome.err, HasSubstr("OpenGL 3.2"));
  EXPECT_THAT(outcome.err, HasSubstr("--headless"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
