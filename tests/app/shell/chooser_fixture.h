// A chooser in a window, over a folder of texts and runs.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "app/files/chooser.h"
#include "app/shell/dialogs/chooser_view.h"
#include "core/record/folder/run_folder.h"
#include "tests/app/shell/workbench_fixture.h"
#include "tests/support/environment.h"
#include "tests/support/fake_trainer.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

class Choosing : public WorkbenchTest {
 protected:
  explicit Choosing(float width = 1280, float height = 720) : WorkbenchTest(width, height) {
    for (const char* name : {"texts", "texts/deep", "empty", "runs"})
      std::filesystem::create_directories(home_ / name);
    for (const char* name : {"texts/part 10.txt", "texts/part 2.txt", "texts/Zebra.md", "texts/.secret",
                             "texts/deep/war and peace.txt"})
      file(name, "some words\n");
  }
  std::filesystem::path file(const std::string& name, const std::string& text) {
    std::filesystem::create_directories((home_ / name).parent_path());
    std::ofstream(home_ / name, std::ios::binary) << text;
    return home_ / name;
  }
  std::filesystem::path record(const std::string& name, int steps) {
    FakeTrainer trainer(Config{});
    auto made = RunFolder::create(home_ / name);
    EXPECT_TRUE(made);
    (*made)->on_model(trainer);
    for (int step = 1; step <= steps; ++step) (*made)->on_step(fake_record(Config{}, step));
    return home_ / name;
  }
  // Frames until it is so; what is read is read on another thread.
  template <class Condition>
  void draw_until(Condition condition) {
    for (int i = 0; i < 4000 && !condition(); ++i) {
      draw();
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    EXPECT_TRUE(condition());
  }
  void settle() {
    draw_until([&] { return ui_.chooser.listed && ui_.chooser.listed->whole && ui_.chooser.recent; });
    draw();
  }
  void choose(app::Chooses what, const std::filesystem::path& at) {
    ui_.used.note(what, at / "gone");
    draw_with([&](const app::PanelInput& in) { app::open_chooser(in, ui_, what); });
    settle();
    commands_.clear();
  }
  void draw_with(const std::function<void(const app::PanelInput&)>& before) {
    draw_frame([&](const app::PanelInput& in) {
      before(in);
      app::draw_workbench(in, {}, ui_, commands_);
    });
  }
  void press_alt_up() {
    viz::feed_modifiers(false, false, true);
    viz::feed_key(viz::Key::up, true);
    draw();
    viz::feed_key(viz::Key::up, false);
    viz::feed_modifiers(false, false, false);
    settle();
  }
  // The second press comes `later` frames after the first was let go.
  void double_click(const std::string& name, int later = 1) {
    const ImVec2 at = find(name).centre();
    move(at.x, at.y);
    draw(2);
    for (int i = 0; i < 2; ++i) {
      button(0, true);
      draw();
      button(0, false);
      draw(later);
    }
    draw();
  }
  std::vector<std::string> names() const {
    std::vector<std::string> out;
    for (const app::Chooser::Row& row : ui_.chooser.rows)
      out.push_back(row.is_heading ? "-" : app::entry_of(ui_.chooser, row).shown);
    return out;
  }
  std::string lit() const {
    if (ui_.chooser.lit < 0) return "";
    return app::entry_of(ui_.chooser, ui_.chooser.rows[static_cast<std::size_t>(ui_.chooser.lit)]).shown;
  }
  std::string says() { return find("chooser says").text; }
  bool is_open() const { return ui_.chooser.what != app::Chooses::nothing; }

  TemporaryFolder folder_;
  std::filesystem::path home_ = folder_.path();
  EnvironmentVariable home_variable_{"HOME", folder_.path().native()},
      data_{"XDG_DATA_HOME", (folder_.path() / "data").native()};
};

}  // namespace switchyard::test
