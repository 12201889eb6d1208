// What people call a run: its folder's name, or of one that the program named the text and the hour: "stories
// 15:12".
//
// Thread safety: pure function; the hour is by the clock on the wall.
#pragma once

#include <string>
#include <string_view>

namespace switchyard::app {

// id: where it has no folder.
std::string run_label(std::string_view run_folder, std::string_view id);

}  // namespace switchyard::app
