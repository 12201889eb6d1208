// Where one can go from in a chooser: places at its left, and the folders above the one that is listed.
//
// Thread safety: window thread only; the drawing inside an ImGui frame.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/files/chooser.h"
#include "app/files/used_paths.h"
#include "app/ui/skin.h"

namespace switchyard::app {

// Of this process; empty: it has gone.
std::filesystem::path working_folder();

// Where one can begin: what was used last, one's folders, those of the files opened last.
struct Place {
  std::string label;
  std::filesystem::path folder;
  bool is_recent = false;  // what was used last, above whatever is listed
};
std::vector<Place> places_of(const Chooser& chooser, const UsedPaths& used);
void go_to_place(Chooser& chooser, const Place& place);

// Fills `size` from the cursor; a click goes there.
void draw_places(const Skin& skin, Chooser& chooser, const std::vector<Place>& places, ImVec2 size);
// The folder that is listed, part by part; a click lists one of those above it.
void draw_crumbs(const Skin& skin, Chooser& chooser, float width);

}  // namespace switchyard::app
