// What of a frame differs from the one before, and that frame cut down to it. Where a processor draws, a frame costs as
// much as the pixels and triangles that are drawn: a tooltip or a line that follows the mouse then cost theirs alone,
// and a frame that is like the one before costs nothing.
//
// Draw lists are told by their windows' names. Triangles are compared corner by corner; tiles of kTile pixels that one
// which came, went or changed may touch are drawn anew, with all triangles that touch them, in their order: what
// is on the screen afterwards is what drawing all of it would have left there, to the byte.
//
// Thread safety: one thread, the window's. Nothing here draws.
#pragma once

#include <imgui.h>

#include <map>
#include <string>
#include <vector>

namespace switchyard::app {

// Clips to whole pixels: the back end cuts fractions off from the edges' distance, so that two parts of a clip would not
// meet.
void snap_clips(ImDrawData& frame);

class Damage {
 public:
  static constexpr int kTile = 32;
  // Beyond this share of all tiles the whole is drawn: cutting up would cost more than it saves.
  static constexpr double kMostShare = 0.6;

  struct Area {
    float x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // as ImDrawCmd::ClipRect
    bool operator==(const Area&) const = default;
  };
  // Areas that differ from the frame that was given before: disjoint, none where nothing does, one of the whole display
  // where that is simpler. The frame is remembered.
  const std::vector<Area>& take(const ImDrawData& frame);
  // The areas are the whole display.
  bool is_whole() const {
    return areas_.size() == 1 && areas_[0] == Area{origin_.x, origin_.y, origin_.x + size_.x, origin_.y + size_.y};
  }
  // What was given before is on no screen any more: the next frame differs everywhere.
  void forget() { lists_.clear(), order_.clear(), size_ = {}; }

  // Puts lists in place of those of the frame that draw these areas alone, and takes them back when it is destroyed.
  class Cut {
   public:
    Cut(ImDrawData& frame, const std::vector<Area>& areas);
    ~Cut();
    Cut(const Cut&) = delete;
    Cut& operator=(const Cut&) = delete;

   private:
    struct Whole {
      ImVector<ImDrawCmd> commands;
      ImVector<ImDrawIdx> indices;
      ImVector<ImDrawVert> vertices;  // of a list that draws nothing here
      bool is_empty = false;
    };
    ImDrawData& frame_;
    std::vector<Whole> wholes_;
  };

 private:
  struct List {
    ImVector<ImDrawCmd> commands;
    ImVector<ImDrawIdx> indices;
    ImVector<ImDrawVert> vertices;
    bool is_there = false;
  };
  void compare(const List& before, const ImDrawList& now);
  template <class Some>
  void mark_all(const Some& list);
  template <class Some>
  void mark(const Some& list, const ImDrawCmd& command, unsigned int at);
  void gather();
  // So much differs that all is drawn: no more need be compared.
  bool is_most() const { return static_cast<double>(marked_) > kMostShare * static_cast<double>(tiles_.size()); }

  std::map<std::string, List> lists_;
  std::vector<std::string> order_;
  ImVec2 origin_{}, size_{};
  int columns_ = 0, rows_ = 0;
  std::size_t marked_ = 0;  // tiles
  std::vector<bool> tiles_;
  std::vector<Area> areas_;
};

}  // namespace switchyard::app
