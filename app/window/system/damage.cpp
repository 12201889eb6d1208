#include "app/window/system/damage.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

namespace switchyard::app {
namespace {

// A triangle of a list: which command draws it, and where its corners are among the indices.
struct Triangle {
  const ImDrawCmd* command;
  unsigned int at;
};

template <class Some>
const ImDrawVert& corner(const Some& list, const ImDrawCmd& command, unsigned int at) {
  return list.vertices[static_cast<int>(command.VtxOffset + list.indices[static_cast<int>(at)])];
}

// An ImDrawList by the names that copies of one have here.
struct View {
  const ImVector<ImDrawCmd>& commands;
  const ImVector<ImDrawIdx>& indices;
  const ImVector<ImDrawVert>& vertices;
};
View view(const ImDrawList& list) { return {list.CmdBuffer, list.IdxBuffer, list.VtxBuffer}; }

template <class A, class B>
bool same_bytes(const ImVector<A>& a, const ImVector<B>& b) {
  return a.Size == b.Size && (a.Size == 0 || std::memcmp(a.Data, b.Data, static_cast<std::size_t>(a.Size) * sizeof(A)) == 0);
}

bool same_state(const ImDrawCmd& a, const ImDrawCmd& b) {
  return std::memcmp(&a.ClipRect, &b.ClipRect, sizeof(a.ClipRect)) == 0 && a.TextureId == b.TextureId;
}

template <class Some>
std::vector<Triangle> triangles(const Some& list) {
  std::vector<Triangle> all;
  all.reserve(static_cast<std::size_t>(list.indices.Size) / 3);
  for (const ImDrawCmd& command : list.commands)
    for (unsigned int at = command.IdxOffset; at + 3 <= command.IdxOffset + command.ElemCount; at += 3) all.push_back({&command, at});
  return all;
}

struct Bounds {
  float x0, y0, x1, y1;
};
// Of a triangle as far as its command shows it; empty ones have x1 <= x0 or y1 <= y0.
template <class Some>
Bounds bounds(const Some& list, const ImDrawCmd& command, unsigned int at) {
  const ImVec2 a = corner(list, command, at).pos, b = corner(list, command, at + 1).pos, c = corner(list, command, at + 2).pos;
  // A pixel more on each side: whatever rule decides which pixels an edge has.
  return {std::max(std::min({a.x, b.x, c.x}) - 1, command.ClipRect.x), std::max(std::min({a.y, b.y, c.y}) - 1, command.ClipRect.y),
          std::min(std::max({a.x, b.x, c.x}) + 1, command.ClipRect.z), std::min(std::max({a.y, b.y, c.y}) + 1, command.ClipRect.w)};
}

template <class T>
void copy(ImVector<T>& into, const ImVector<T>& from) {
  into.resize(from.Size);
  if (from.Size > 0) std::memcpy(into.Data, from.Data, static_cast<std::size_t>(from.Size) * sizeof(T));
}

}  // namespace

template <class Some>
void Damage::mark(const Some& list, const ImDrawCmd& command, unsigned int at) {
  const Bounds box = bounds(list, command, at);
  if (!(box.x1 > box.x0) || !(box.y1 > box.y0)) return;
  // What is not finite, too, has a tile.
  const auto tile = [](float from, float origin, int most) {
    const float place = (from - origin) / kTile;
    return place > 0 ? static_cast<int>(std::min(place, static_cast<float>(most))) : 0;
  };
  const int first = tile(box.x0, origin_.x, columns_ - 1), last = tile(box.x1, origin_.x, columns_ - 1);
  const int bottom = tile(box.y1, origin_.y, rows_ - 1);
  for (int y = tile(box.y0, origin_.y, rows_ - 1); y <= bottom; ++y)
    for (int x = first; x <= last; ++x) {
      auto tile_here = tiles_[static_cast<std::size_t>(y * columns_ + x)];
      if (!tile_here) tile_here = true, ++marked_;
    }
}

template <class Some>
void Damage::mark_all(const Some& list) {
  for (const Triangle& one : triangles(list)) {
    if (is_most()) return;
    mark(list, *one.command, one.at);
  }
}

void Damage::compare(const List& before, const ImDrawList& list) {
  const View now = view(list);
  const std::vector<Triangle> old = triangles(before), fresh = triangles(now);
  const auto same = [&](const Triangle& a, const Triangle& b) {
    if (!same_state(*a.command, *b.command)) return false;
    for (unsigned int c = 0; c < 3; ++c)
      if (std::memcmp(&corner(before, *a.command, a.at + c), &corner(now, *b.command, b.at + c), sizeof(ImDrawVert)) != 0) return false;
    return true;
  };
  const auto change = [&](const Triangle* a, const Triangle* b) {
    if (a) mark(before, *a->command, a->at);
    if (b) mark(now, *b->command, b->at);
  };
  if (old.size() == fresh.size()) {
    for (std::size_t i = 0; i < old.size() && !is_most(); ++i)
      if (!same(old[i], fresh[i])) change(&old[i], &fresh[i]);
    return;
  }
  // What came or went lies between what is alike at both ends.
  const std::size_t both = std::min(old.size(), fresh.size());
  std::size_t head = 0, tail = 0;
  while (head < both && same(old[head], fresh[head])) ++head;
  while (tail < both - head && same(old[old.size() - 1 - tail], fresh[fresh.size() - 1 - tail])) ++tail;
  for (std::size_t i = head; i < old.size() - tail; ++i) change(&old[i], nullptr);
  for (std::size_t i = head; i < fresh.size() - tail; ++i) change(nullptr, &fresh[i]);
}

// Tiles to areas: runs of a row, those above one another together.
void Damage::gather() {
  areas_.clear();
  if (is_most() || std::find(tiles_.begin(), tiles_.end(), false) == tiles_.end()) {
    areas_.push_back({origin_.x, origin_.y, origin_.x + size_.x, origin_.y + size_.y});
    return;
  }
  std::vector<std::size_t> open;  // areas that the row above ended with
  for (int y = 0; y < rows_; ++y) {
    std::vector<std::size_t> here;
    for (int x = 0; x < columns_; ++x) {
      if (!tiles_[static_cast<std::size_t>(y * columns_ + x)]) continue;
      const int from = x;
      while (x < columns_ && tiles_[static_cast<std::size_t>(y * columns_ + x)]) ++x;
      const Area run{origin_.x + static_cast<float>(from * kTile), origin_.y + static_cast<float>(y * kTile),
                     std::min(origin_.x + static_cast<float>(x * kTile), origin_.x + size_.x),
                     std::min(origin_.y + static_cast<float>((y + 1) * kTile), origin_.y + size_.y)};
      const auto above = std::find_if(open.begin(), open.end(), [&](std::size_t i) { return areas_[i].x0 == run.x0 && areas_[i].x1 == run.x1; });
      if (above != open.end()) {
        areas_[*above].y1 = run.y1;
        here.push_back(*above);
      } else {
        here.push_back(areas_.size());
        areas_.push_back(run);
      }
    }
    open = std::move(here);
  }
}

const std::vector<Damage::Area>& Damage::take(const ImDrawData& frame) {
  std::vector<std::string> order;
  for (int i = 0; i < frame.CmdListsCount; ++i) order.emplace_back(frame.CmdLists[i]->_OwnerName ? frame.CmdLists[i]->_OwnerName : "");
  const bool same_place = size_.x == frame.DisplaySize.x && size_.y == frame.DisplaySize.y && origin_.x == frame.DisplayPos.x && origin_.y == frame.DisplayPos.y;
  origin_ = frame.DisplayPos, size_ = frame.DisplaySize;
  columns_ = std::max(1, static_cast<int>(std::ceil(size_.x / kTile)));
  rows_ = std::max(1, static_cast<int>(std::ceil(size_.y / kTile)));
  tiles_.assign(static_cast<std::size_t>(columns_ * rows_), !same_place);
  marked_ = 0;
  if (same_place) {
    // Lists that are there before and after in another order lie over one another otherwise.
    const auto among = [](const std::vector<std::string>& names, const std::vector<std::string>& others) {
      std::vector<std::string> both;
      for (const std::string& name : names)
        if (std::find(others.begin(), others.end(), name) != others.end()) both.push_back(name);
      return both;
    };
    auto sorted = order;
    std::sort(sorted.begin(), sorted.end());
    const bool twice = std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end();
    if (twice || (order != order_ && among(order, order_) != among(order_, order))) tiles_.assign(tiles_.size(), true);
  }
  for (auto& [name, list] : lists_) list.is_there = false;
  const bool all = !tiles_.empty() && std::find(tiles_.begin(), tiles_.end(), false) == tiles_.end();
  for (int i = 0; i < frame.CmdListsCount; ++i) {
    const ImDrawList& now = *frame.CmdLists[i];
    const auto [at, is_new] = lists_.try_emplace(order[static_cast<std::size_t>(i)]);
    List& before = at->second;
    before.is_there = true;
    if (!is_new && same_bytes(before.commands, now.CmdBuffer) && same_bytes(before.indices, now.IdxBuffer) && same_bytes(before.vertices, now.VtxBuffer)) continue;
    if (!all && !is_most()) {
      if (is_new) mark_all(view(now));
      else compare(before, now);
    }
    copy(before.commands, now.CmdBuffer);
    copy(before.indices, now.IdxBuffer);
    copy(before.vertices, now.VtxBuffer);
  }
  for (auto at = lists_.begin(); at != lists_.end();) {
    if (at->second.is_there) {
      ++at;
      continue;
    }
    if (!all) mark_all(at->second);
    at = lists_.erase(at);
  }
  order_ = std::move(order);
  gather();
  return areas_;
}

void snap_clips(ImDrawData& frame) {
  for (int i = 0; i < frame.CmdListsCount; ++i)
    for (ImDrawCmd& command : frame.CmdLists[i]->CmdBuffer) {
      ImVec4& clip = command.ClipRect;
      clip = {std::round(clip.x), std::round(clip.y), std::round(clip.z), std::round(clip.w)};
    }
}

Damage::Cut::Cut(ImDrawData& frame, const std::vector<Area>& areas) : frame_(frame) {
  wholes_.resize(static_cast<std::size_t>(frame.CmdListsCount));
  std::vector<Bounds> boxes;  // of a command's triangles, once for all areas
  for (int i = 0; i < frame.CmdListsCount; ++i) {
    ImDrawList& list = *frame.CmdLists[i];
    Whole& part = wholes_[static_cast<std::size_t>(i)];
    const View whole = view(list);
    for (const ImDrawCmd& command : list.CmdBuffer) {
      boxes.clear();
      for (unsigned int at = command.IdxOffset; at + 3 <= command.IdxOffset + command.ElemCount; at += 3) boxes.push_back(bounds(whole, command, at));
      for (const Area& area : areas) {
        ImDrawCmd cut = command;
        cut.ClipRect = {std::max(command.ClipRect.x, area.x0), std::max(command.ClipRect.y, area.y0), std::min(command.ClipRect.z, area.x1),
                        std::min(command.ClipRect.w, area.y1)};
        if (!(cut.ClipRect.z > cut.ClipRect.x) || !(cut.ClipRect.w > cut.ClipRect.y)) continue;
        cut.IdxOffset = static_cast<unsigned int>(part.indices.Size);
        for (std::size_t k = 0; k < boxes.size(); ++k) {
          const Bounds& box = boxes[k];
          const unsigned int at = command.IdxOffset + 3 * static_cast<unsigned int>(k);
          if (!(box.x1 > cut.ClipRect.x && box.x0 < cut.ClipRect.z && box.y1 > cut.ClipRect.y && box.y0 < cut.ClipRect.w)) continue;
          for (unsigned int c = 0; c < 3; ++c) part.indices.push_back(list.IdxBuffer[static_cast<int>(at + c)]);
        }
        cut.ElemCount = static_cast<unsigned int>(part.indices.Size) - cut.IdxOffset;
        if (cut.ElemCount > 0) part.commands.push_back(cut);
      }
    }
    part.is_empty = part.commands.empty();
    list.CmdBuffer.swap(part.commands);
    list.IdxBuffer.swap(part.indices);
    if (part.is_empty) list.VtxBuffer.swap(part.vertices);
  }
}

Damage::Cut::~Cut() {
  for (int i = 0; i < frame_.CmdListsCount; ++i) {
    ImDrawList& list = *frame_.CmdLists[i];
    Whole& whole = wholes_[static_cast<std::size_t>(i)];
    list.CmdBuffer.swap(whole.commands);
    list.IdxBuffer.swap(whole.indices);
    if (whole.is_empty) list.VtxBuffer.swap(whole.vertices);
  }
}

}  // namespace switchyard::app
