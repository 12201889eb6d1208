// What panels hand over of themselves: the drawing of a panel and the table behind it, in the frame after somebody
// asked for them. The frame of a panel (panel_frame.h) asks and hands over; the application draws the panel again
// off the screen (app/export/offscreen.h), where it is as high as its content needs, and has the files written.
//
// A panel gives its table in its draw function, while it has the data at hand:
//
//   if (Table* table = wanted_table(in)) fill_table(in, ..., *table);
//
// Thread safety: window thread only.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "app/ui/table.h"
#include "viz/canvas/drawing.h"

namespace switchyard::app {

// What a panel says of itself while it is drawn.
struct PanelFacts {
  std::size_t layers = 0;  // it shows one of so many; 0: it does not choose among layers
  int layer = 0;           // and which
  float hidden = 0;  // pixels of height it would take to show what is scrolled out of sight; below 0: to spare
  std::string why_not;  // the sentence that stands in the place of what it shows; empty: it shows it
};

struct PanelExport {
  std::string id, title;  // of the panel
  viz::Rect area;     // of the panel where it was drawn, in pixels
  std::optional<viz::Drawing> drawing;
  std::optional<Table> table;  // without rows: the panel has nothing to show yet
  PanelFacts facts;
};

class PanelExports {
 public:
  // Where none are offered panels have no corner for it, and nothing is asked for.
  enum class Offers { all, none };
  explicit PanelExports(Offers offers = Offers::all) : offers_(offers) {}
  bool are_offered() const { return offers_ == Offers::all; }

  struct Wish {
    bool figure = false, data = false;
  };
  // Of the panel with this id when it is drawn next, or of whichever is drawn next where the id is empty.
  // One wish at a time: a later one takes its place.
  void ask(std::string_view panel, Wish wish);
  bool is_pending() const { return wish_.figure || wish_.data; }
  // The wish that is pending, with the size of the panel when it was last drawn (0: never); it pends no longer.
  struct Asked {
    std::string panel;  // its id
    Wish wish;
    viz::Point size{0, 0};
  };
  std::optional<Asked> take();

  // For a page: the dialog that asks how it is to be.
  void ask_page(std::string_view panel) { page_ = are_offered() ? panel : std::string_view(); }
  // Of which panel one was asked for since; empty: of none.
  std::string take_page() { return std::exchange(page_, {}); }

  // Around a panel's drawing.
  void begin(std::string_view id, std::string_view title, const viz::Rect& area);
  void end();
  const std::string& panel() const { return panel_; }  // id of the one between begin and end
  // Where the panel being drawn should put its figures; null: nobody asked.
  Table* table() { return open_ && open_->table ? &*open_->table : nullptr; }
  // For the theme that panels are drawn with.
  const viz::Tap* tap() const { return &tap_; }

  // What the panel between begin and end says of itself; kept until the next begin.
  void shows_layer(int layer, std::size_t of);
  void hides(float height);
  void says_why_not(std::string_view sentence) { facts_.why_not = sentence; }
  const PanelFacts& facts() const { return facts_; }

  // Whether panels are drawn for a figure alone: controls are left out, nothing scrolls.
  void set_off_screen(bool off_screen) { off_screen_ = off_screen; }
  bool off_screen() const { return off_screen_; }

  // Once a frame, after all panels: what they handed over. A wish for a panel that is not drawn lapses.
  std::vector<PanelExport> end_frame();

 private:
  Offers offers_;
  std::string panel_, wanted_, page_;
  Wish wish_;
  bool is_new_ = false;  // asked for in this frame, so not yet due
  bool off_screen_ = false;
  PanelFacts facts_;
  std::map<std::string, viz::Point, std::less<>> sizes_;
  std::optional<PanelExport> open_;
  std::vector<PanelExport> done_;
  viz::Tap tap_;
};

}  // namespace switchyard::app
