// An ImGui context without window or graphics: fonts built, input fed by hand, frames drawn into nothing. Tests
// move and click as a user would, and look at what the widgets return.
//
// One context lives at a time. Each call of frame() is one frame of 1/60 s. Works for widgets (drawn inside a
// plain window that fills the display) and, with raw_frame(), for whole windows of one's own.
#pragma once

#include <gtest/gtest.h>
#include <imgui.h>

#include <functional>

#include "viz/base/compat.h"
#include "viz/base/geometry.h"

namespace viz::testing {

class HeadlessImGui : public ::testing::Test {
 protected:
  explicit HeadlessImGui(float width = 1280, float height = 720) {
    IMGUI_CHECKVERSION();
    context_ = ImGui::CreateContext();
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.DisplaySize = {width, height};
    prepare_without_renderer();
    move_away();
  }
  ~HeadlessImGui() override { ImGui::DestroyContext(context_); }
  HeadlessImGui(const HeadlessImGui&) = delete;
  HeadlessImGui& operator=(const HeadlessImGui&) = delete;

  // A frame whose content opens its own windows.
  void raw_frame(const std::function<void()>& content) {
    ImGui::GetIO().DeltaTime = 1.0f / 60;
    ImGui::NewFrame();
    content();
    ImGui::Render();
  }

  // A frame with `content` in a window without padding that fills the display, so that screen and window
  // coordinates agree.
  void frame(const std::function<void()>& content) {
    raw_frame([&] {
      ImGui::SetNextWindowPos({0, 0});
      ImGui::SetNextWindowSize(ImGui::GetIO().DisplaySize);
      ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(0, 0));
      ImGui::PushStyleVar(ImGuiStyleVar_WindowBorderSize, 0.0f);
      ImGui::Begin("test", nullptr, ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoSavedSettings);
      content();
      ImGui::End();
      ImGui::PopStyleVar(2);
    });
  }

  // --- input for the frames that follow
  void move(float x, float y) { feed_mouse_position(x, y); }
  void move_away() { feed_mouse_position(-10000, -10000); }
  void button(int which, bool down) { feed_mouse_button(which, down); }
  void wheel(float notches) { feed_mouse_wheel(notches); }

  // --- gestures: they draw the frames they take
  void click(float x, float y, const std::function<void()>& content, int which = 0) {
    move(x, y);
    frame(content);
    frame(content);  // hover is known a frame late
    button(which, true);
    frame(content);
    button(which, false);
    frame(content);
  }
  void double_click(float x, float y, const std::function<void()>& content) {
    click(x, y, content);
    button(0, true);
    frame(content);
    button(0, false);
    frame(content);
  }
  void drag(Point from, Point to, const std::function<void()>& content, int which = 0, int steps = 4) {
    move(from.x, from.y);
    frame(content);
    frame(content);
    button(which, true);
    frame(content);
    for (int i = 1; i <= steps; ++i) {
      const float t = static_cast<float>(i) / static_cast<float>(steps);
      move(from.x + (to.x - from.x) * t, from.y + (to.y - from.y) * t);
      frame(content);
    }
    button(which, false);
    frame(content);
  }
  // Lets a pending double click lapse.
  void rest(const std::function<void()>& content, int frames = 30) {
    for (int i = 0; i < frames; ++i) frame(content);
  }

  // Vertices of the last frame, all windows together.
  int vertex_count() const { return ImGui::GetDrawData() ? ImGui::GetDrawData()->TotalVtxCount : 0; }

 private:
  ImGuiContext* context_ = nullptr;
};

}  // namespace viz::testing
