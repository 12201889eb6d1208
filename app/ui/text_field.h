// Lines of text that are typed.
//
// Thread safety: window thread only.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "app/ui/skin.h"

namespace switchyard::app {

// Whether a line of text asked for the keyboard since the answer was taken last. It has it two frames later.
bool text_field_asks();
bool take_text_field_asks();
// A line of text; true when it was completed (Enter, or left after a change).
bool text_input(const Skin& skin, std::string_view label, std::string* value, float width,
                std::string_view hint = {}, bool take_focus = false);

// The same, where what is typed is worked on while it is: `put` takes its place (the caret behind it), Tab is told
// and leaves the keyboard where it is.
struct LineEdit {
  std::optional<std::string> put;
  bool tab = false;
};
bool text_input(const Skin& skin, std::string_view label, std::string* value, float width, std::string_view hint,
                bool take_focus, LineEdit& edit);

}  // namespace switchyard::app
