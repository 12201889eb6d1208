// The window of a prompt: below the top bar, as wide as asked where the screen has room, as high as what is in it,
// with its title. What is drawn while it lives is in it.
//
// Thread safety: window thread only.
#pragma once

#include <string>

#include "app/ui/skin.h"

namespace switchyard::app {

class PromptFrame {
 public:
  // id: of the window, "##name prompt". width: at scale 1.
  PromptFrame(const Skin& skin, const char* id, float width, const std::string& title);
  ~PromptFrame();
  PromptFrame(const PromptFrame&) = delete;
  PromptFrame& operator=(const PromptFrame&) = delete;
};

}  // namespace switchyard::app
