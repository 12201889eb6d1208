// The program's icon, assets/icon/switchyard.svg, in the sizes a window wants: made at build time
// (app/install/icons.cmake), compiled in.
//
// Thread safety: icon_files() is constant; set_icon() main thread only.
#pragma once

#include <span>

struct GLFWwindow;

namespace switchyard::app {

// PNG files, the smallest first.
std::span<const std::span<const unsigned char>> icon_files();
// Where the display has icons of windows; nothing elsewhere.
void set_icon(GLFWwindow* window);

}  // namespace switchyard::app
