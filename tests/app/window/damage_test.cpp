// Frames of whole workbenches are drawn twice by a small rasterizer: all of each, and cut to what differs from the frame
// before, over what that left. Both must leave the same pixels.
#include "app/window/system/damage.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include "viz/base/compat.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

constexpr int kWidth = 200, kHeight = 140;

// Pixels remember in order what covered them: any triangle too many, too few or out of order is seen.
class Picture {
 public:
  void clear(const Damage::Area& area) {
    for (int y = static_cast<int>(area.y0); y < static_cast<int>(area.y1); ++y)
      for (int x = static_cast<int>(area.x0); x < static_cast<int>(area.x1); ++x) at(x, y) = 17;
  }
  void draw(const ImDrawData& frame) {
    for (int i = 0; i < frame.CmdListsCount; ++i)
      for (const ImDrawCmd& command : frame.CmdLists[i]->CmdBuffer)
        for (unsigned int k = 0; k + 3 <= command.ElemCount; k += 3) draw(*frame.CmdLists[i], command, command.IdxOffset + k);
  }
  const std::vector<std::uint64_t>& pixels() const { return pixels_; }

 private:
  std::uint64_t& at(int x, int y) { return pixels_[static_cast<std::size_t>(y * kWidth + x)]; }
  void draw(const ImDrawList& list, const ImDrawCmd& command, unsigned int first) {
    const auto corner = [&](unsigned int c) { return list.VtxBuffer[static_cast<int>(command.VtxOffset + list.IdxBuffer[static_cast<int>(first + c)])]; };
    const ImDrawVert a = corner(0), b = corner(1), c = corner(2);
    for (int y = std::max(0, static_cast<int>(command.ClipRect.y)); y < std::min(kHeight, static_cast<int>(command.ClipRect.w)); ++y)
      for (int x = std::max(0, static_cast<int>(command.ClipRect.x)); x < std::min(kWidth, static_cast<int>(command.ClipRect.z)); ++x) {
        const auto side = [&](const ImVec2& p, const ImVec2& q) {
          return (q.x - p.x) * (static_cast<float>(y) + 0.5F - p.y) - (q.y - p.y) * (static_cast<float>(x) + 0.5F - p.x);
        };
        const float s = side(a.pos, b.pos), t = side(b.pos, c.pos), u = side(c.pos, a.pos);
        if ((s >= 0 && t >= 0 && u >= 0) || (s <= 0 && t <= 0 && u <= 0)) at(x, y) = at(x, y) * 31 + a.col;
      }
  }
  std::vector<std::uint64_t> pixels_ = std::vector<std::uint64_t>(kWidth * kHeight, 17);
};

using Draw = std::function<void(ImDrawList&)>;

class DamageTest : public testing::Test {
 protected:

  struct Made {
    const char* name;
    Draw draw;
  };
  // A frame of these lists, in order.
  void frame(const std::vector<Made>& lists) {
    lists_.clear();
    pointers_.clear();
    for (const Made& made : lists) {
      auto list = std::make_unique<ImDrawList>(&shared_);
      list->_ResetForNewFrame();
      list->PushTextureID(nullptr);
      list->PushClipRect({0, 0}, {kWidth, kHeight});
      list->_OwnerName = made.name;
      made.draw(*list);
      pointers_.push_back(list.get());
      lists_.push_back(std::move(list));
    }
    data_.Valid = true;
    viz::set_draw_lists(data_, pointers_.data(), static_cast<int>(pointers_.size()));
    data_.DisplaySize = {kWidth, kHeight};
    data_.FramebufferScale = {1, 1};
    snap_clips(data_);
    whole_ = Picture();
    whole_.draw(data_);
    areas_ = damage_.take(data_);
    for (const Damage::Area& area : areas_) kept_.clear(area);
    {
      const Damage::Cut cut(data_, areas_);
      drawn_ = 0;
      for (int i = 0; i < data_.CmdListsCount; ++i) drawn_ += data_.CmdLists[i]->IdxBuffer.Size / 3;
      kept_.draw(data_);
    }
    Picture again;
    again.draw(data_);
    EXPECT_EQ(again.pixels(), whole_.pixels()) << "the frame is as it was";
    EXPECT_EQ(kept_.pixels(), whole_.pixels());
  }
  double area() const {
    double sum = 0;
    for (const Damage::Area& one : areas_) sum += (one.x1 - one.x0) * (one.y1 - one.y0);
    return sum;
  }

  struct Context {
    ImGuiContext* context = ImGui::CreateContext();
    ~Context() { ImGui::DestroyContext(context); }
  } context_;
  ImDrawListSharedData& shared_ = *ImGui::GetDrawListSharedData();
  std::vector<std::unique_ptr<ImDrawList>> lists_;
  std::vector<ImDrawList*> pointers_;
  ImDrawData data_;
  Damage damage_;
  Picture kept_, whole_;
  std::vector<Damage::Area> areas_;
  int drawn_ = 0;
};

Draw boxes(const std::vector<ImVec2>& at, ImU32 colour) {
  return [at, colour](ImDrawList& list) {
    for (const ImVec2& corner : at) list.AddRectFilled(corner, {corner.x + 20, corner.y + 15}, colour);
  };
}

TEST_F(DamageTest, AFrameLikeTheLastDrawsNothing) {
  const std::vector<Made> same{{"a", boxes({{10, 10}, {60, 70}}, 0xff0000ff)}};
  frame(same);
  EXPECT_EQ(area(), kWidth * kHeight);
  frame(same);
  EXPECT_TRUE(areas_.empty());
  damage_.forget();
  frame(same);
  EXPECT_EQ(area(), kWidth * kHeight) << "what was on the screen is gone";
}

TEST_F(DamageTest, WhatMovesIsDrawnWhereItWasAndWhereItIs) {
  const Made ground{"ground", boxes({{0, 0}, {30, 30}, {100, 100}}, 0xff00ff00)};
  frame({ground, {"mark", boxes({{5, 5}}, 0xff0000ff)}});
  frame({ground, {"mark", boxes({{165, 110}}, 0xff0000ff)}});
  EXPECT_EQ(areas_.size(), 2u);
  EXPECT_LT(area(), 0.4 * kWidth * kHeight);
  frame({ground});
  EXPECT_LT(area(), 0.3 * kWidth * kHeight) << "where it was";
  frame({ground, {"mark", boxes({{5, 5}}, 0xff0000ff)}});
  EXPECT_LT(drawn_, 8);
}

TEST_F(DamageTest, ListsInAnotherOrderLieOverOneAnotherOtherwise) {
  const Made a{"a", boxes({{10, 10}}, 0xff0000ff)}, b{"b", boxes({{15, 12}}, 0xff00ff00)};
  frame({a, b});
  frame({b, a});
  EXPECT_EQ(area(), kWidth * kHeight);
}

TEST_F(DamageTest, ADisplayOfAnotherSizeIsDrawnWhole) {
  const Made a{"a", boxes({{10, 10}}, 0xff0000ff)};
  frame({a});
  data_.DisplaySize = {100, 100};
  EXPECT_EQ(damage_.take(data_).size(), 1u);
}

TEST_F(DamageTest, RandomFramesLeaveThePixelsOfWholeOnes) {
  std::mt19937 random(7);
  const auto below = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  const auto point = [&] { return ImVec2(static_cast<float>(below(kWidth + 40) - 20), static_cast<float>(below(kHeight + 40) - 20)); };
  const char* const names[] = {"root", "left", "right", "menu", "tip"};
  struct Shape {
    int kind;
    ImVec2 a, b, c;
    ImU32 colour;
  };
  std::vector<std::vector<Shape>> shapes(5);
  double least = 1e9;
  for (int round = 0; round < 100; ++round) {
    // Something comes, goes, moves or takes another colour.
    for (int changes = below(3); changes >= 0; --changes) {
      std::vector<Shape>& list = shapes[static_cast<std::size_t>(below(5))];
      const int what = list.empty() ? 0 : below(4);
      const auto which = list.begin() + (list.empty() ? 0 : below(static_cast<int>(list.size())));
      if (what == 0) list.insert(which, {below(4), point(), point(), point(), 0xff000000 | static_cast<ImU32>(random())});
      else if (what == 1) list.erase(which);
      else if (what == 2) which->colour = 0xff000000 | static_cast<ImU32>(random());
      else which->a = point();
    }
    std::vector<Made> lists;
    for (std::size_t i = 0; i < 5; ++i)
      lists.push_back({names[i], [&shapes, i](ImDrawList& list) {
                         for (const Shape& s : shapes[i]) {
                           if (s.kind == 0) list.AddRectFilled({std::min(s.a.x, s.b.x), std::min(s.a.y, s.b.y)}, {std::max(s.a.x, s.b.x), std::max(s.a.y, s.b.y)}, s.colour);
                           if (s.kind == 1) list.AddTriangleFilled(s.a, s.b, s.c, s.colour);
                           if (s.kind == 2) list.AddLine(s.a, s.b, s.colour, 3);
                           if (s.kind == 3) {
                             list.PushClipRect({s.c.x + 0.4F, s.c.y + 0.7F}, {s.c.x + 50.5F, s.c.y + 33.3F}, true);
                             list.AddCircleFilled(s.a, 30, s.colour, 12);
                             list.PopClipRect();
                           }
                         }
                       }});
    frame(lists);
    if (HasFailure()) return void(ADD_FAILURE() << "round " << round);
    if (round > 0) least = std::min(least, area());
  }
  EXPECT_LT(least, 0.2 * kWidth * kHeight);
}

TEST_F(DamageTest, CornersThatAreNoPlacesHarmNobody) {
  frame({{"a", [](ImDrawList& list) { list.AddTriangleFilled({NAN, 10}, {20, NAN}, {30, 30}, 0xffffffff); }}});
  frame({{"a", [](ImDrawList& list) { list.AddTriangleFilled({1e30F, 10}, {-1e30F, 20}, {30, INFINITY}, 0xffffffff); }}});
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
