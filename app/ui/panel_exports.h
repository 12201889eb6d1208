// What panels hand over of themselves: the drawing of a panel and the table behind it, in the frame after somebody
// asked for them. The frame of a panel (panel_frame.h) asks and hands over; the application writes the files.
//
// A panel gives its table in its draw function, while it has the data at hand:
//
//   if (Table* table = wanted_table(in)) fill_table(in, ..., *table);
//
// Thread safety: window thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "app/table.h"
#include "viz/drawing.h"

namespace switchyard::app {

struct PanelExport {
  std::string panel;  // its title
  viz::Rect area;     // of the panel on the screen, in pixels
  std::optional<viz::Drawing> drawing;
  std::optional<Table> table;  // without rows: the panel has nothing to show yet
};

class PanelExports {
 public:
  struct Wish {
    bool figure = false, data = false;
  };
  // Of the panel with this title when it is drawn next, or of whichever is drawn next where the title is empty.
  // One wish at a time: a later one takes its place.
  void ask(std::string_view panel, Wish wish);
  bool is_pending() const { return wish_.figure || wish_.data; }

  // Around a panel's drawing.
  void begin(std::string_view panel, const viz::Rect& area);
  void end();
  const std::string& panel() const { return panel_; }  // the one between begin and end
  // Where the panel being drawn should put its figures; null: nobody asked.
  Table* table() { return open_ && open_->table ? &*open_->table : nullptr; }
  // For the theme that panels are drawn with.
  const viz::Tap* tap() const { return &tap_; }

  // Once a frame, after all panels: what they handed over. A wish for a panel that is not on the screen lapses.
  std::vector<PanelExport> end_frame();

 private:
  std::string panel_, wanted_;
  Wish wish_;
  bool is_new_ = false;  // asked for in this frame, so not yet due
  std::optional<PanelExport> open_;
  std::vector<PanelExport> done_;
  viz::Tap tap_;
};

}  // namespace switchyard::app
