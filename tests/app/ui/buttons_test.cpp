// What buttons are drawn with.
#include "app/ui/buttons.h"

#include <gtest/gtest.h>

#include "viz/base/theme.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

constexpr double kReadable = 4.5;  // WCAG 2, of text

// Whatever it stands on, in both themes, under the mouse and not.
TEST(Buttons, ALabelCanBeReadWhetherItsButtonIsOnOrOff) {
  for (const viz::Theme& theme : {viz::dark(), viz::light()})
    for (const ButtonLook look : {ButtonLook::plain, ButtonLook::primary, ButtonLook::quiet})
      for (const bool enabled : {true, false})
        for (const bool hovered : {true, false}) {
          SCOPED_TRACE(testing::Message()
                       << (theme.is_dark ? "dark" : "light") << " look " << static_cast<int>(look)
                       << (enabled ? " on" : " off") << (hovered ? " hovered" : ""));
          const ButtonColours colours = button_colours(theme, look, enabled, hovered, false);
          EXPECT_EQ(colours.ink >> 24, 0xffU) << "a faded ink is not what it is measured as";
          for (const viz::Colour below : {theme.panel, theme.ground, theme.raised})
            EXPECT_GE(viz::contrast(colours.ink, colours.ground ? colours.ground : below), kReadable);
        }
}

TEST(Buttons, OneThatIsOffLooksOff) {
  for (const viz::Theme& theme : {viz::dark(), viz::light()})
    for (const ButtonLook look : {ButtonLook::plain, ButtonLook::primary}) {
      const ButtonColours on = button_colours(theme, look, true, false, false),
                          off = button_colours(theme, look, false, false, false);
      EXPECT_NE(on.ground, off.ground);
      EXPECT_NE(on.ink, off.ink);
      EXPECT_NE(off.ground, theme.accent);
    }
  // Also under the mouse, and while that is held down on it.
  for (const viz::Theme& theme : {viz::dark(), viz::light()})
    for (const ButtonLook look : {ButtonLook::plain, ButtonLook::primary, ButtonLook::quiet})
      for (const bool held : {false, true}) {
        const ButtonColours off = button_colours(theme, look, false, false, false),
                            pointed = button_colours(theme, look, false, true, held);
        EXPECT_EQ(pointed.ground, off.ground);
        EXPECT_EQ(pointed.ink, off.ink);
      }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
