#include "tests/app/shell/workbench_fixture.h"

#include <algorithm>

#include "tests/support/fake_trainer.h"

namespace switchyard::test {

WorkbenchTest::WorkbenchTest(float width, float height) : HeadlessImGui(width, height) {
  ImGuiIO& io = ImGui::GetIO();
  io.UserData = &registry_;
  viz::map_keys_without_backend();
  viz::apply_style(theme_, 1);

  Config config;
  live_.run().history = fake_history(config, 60);
  live_.run().snapshot = std::make_shared<Snapshot>(fake_snapshot(config, 60));
  live_.status.state = RunState::playing;
  live_.status.model_id = 1;
  live_.status.step = 60;
  live_.status.config = std::make_shared<Config>(config);
  live_.status.corpus_name = "stories";
  live_.status.vocabulary = 80;
  live_.status.bigram_loss = 2.31;
  app::take_status(ui_.knobs, live_.status);
  draw(3);
}

void WorkbenchTest::draw(int frames) {
  for (int i = 0; i < frames; ++i)
    draw_frame([&](const app::PanelInput& in) { app::draw_workbench(in, {}, ui_, commands_); });
}

void WorkbenchTest::draw_frame(const std::function<void(const app::PanelInput&)>& body) {
  registry_.begin_frame();
  now_s_ += 1.0 / 60;
  raw_frame([&] {
    const app::PanelInput in{.run = live_.run(),
                             .snapshot = app::shown_snapshot(ui_.timeline, live_.run().snapshot),
                             .status = live_.shown_status(),
                             .theme = theme_,
                             .exports = *exports_,
                             .others = live_.runs.others(),
                             .scale = scale_,
                             .now_s = now_s_};
    body(in);
  });
}

app::Registry::Item WorkbenchTest::find(const std::string& name) {
  const app::Registry::Item* item = registry_.find(name);
  if (item && !item->in_view) {
    registry_.reveal(name);
    draw(4);
    item = registry_.find(name);
  }
  if (!item) {
    ADD_FAILURE() << "nothing on the screen is called " << name;
    return {};
  }
  EXPECT_TRUE(item->in_view) << name << " cannot be scrolled into view";
  return *item;
}

void WorkbenchTest::click(const std::string& name, int which) {
  const ImVec2 at = find(name).centre();
  move(at.x, at.y);
  draw(2);
  button(which, true);
  draw();
  button(which, false);
  draw(2);
}

void WorkbenchTest::ctrl_click(const std::string& name) {
  viz::feed_modifiers(true, false);
  click(name);
  viz::feed_modifiers(false, false);
  draw(3);
}

ImVec2 WorkbenchTest::slider_point(const app::Registry::Item& item, float position) const {
  const float radius = 6;  // of the grab, whose centre does not reach the ends
  return {item.min.x + radius + position * (item.max.x - item.min.x - 2 * radius), item.centre().y};
}

float WorkbenchTest::drag_slider(const std::string& name, float from, float to, int steps) {
  const app::Registry::Item item = find(name);
  ImVec2 at = slider_point(item, from);
  move(at.x, at.y);
  draw(2);
  button(0, true);
  draw();
  for (int i = 1; i <= steps; ++i) {
    at = slider_point(item, from + (to - from) * static_cast<float>(i) / static_cast<float>(steps));
    move(at.x, at.y);
    draw();
  }
  button(0, false);
  draw(2);
  const float left = slider_point(item, 0).x, right = slider_point(item, 1).x;
  return (ImGui::GetIO().MousePos.x - left) / (right - left);
}

void WorkbenchTest::press_key(viz::Key key, bool ctrl, bool shift) {
  viz::feed_modifiers(ctrl, shift);
  viz::feed_key(key, true);
  draw();
  viz::feed_key(key, false);
  viz::feed_modifiers(false, false);
  draw(2);
}

void WorkbenchTest::type(const std::string& text) {
  ImGui::GetIO().AddInputCharactersUTF8(text.c_str());
  draw(2);
}

Config WorkbenchTest::last_config() {
  for (auto command = commands_.rbegin(); command != commands_.rend(); ++command) {
    if (const auto* set = std::get_if<SetConfig>(&*command)) return set->config;
    if (const auto* back = std::get_if<BringBack>(&*command)) return back->config;
  }
  ADD_FAILURE() << "no configuration was sent";
  return {};
}

void WorkbenchTest::trainer_catches_up() {
  live_.status.revision = ui_.knobs.sent_revision;
  live_.status.config = std::make_shared<Config>(ui_.knobs.sent);
  draw();
}

void WorkbenchTest::open(app::Workspace workspace) {
  ui_.arranging.workspace = workspace;
  draw(3);
}

void WorkbenchTest::press(ImVec2 at) {
  move(at.x, at.y);
  draw(2);
  button(0, true);
  draw();
  button(0, false);
  draw(2);
}

}  // namespace switchyard::test
