// Figures drawn off the screen, as high as their content, and the thread that writes them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "app/export/export_writer.h"
#include "app/export/figure.h"
#include "app/export/offscreen.h"
#include "app/ui/fonts.h"
#include "tests/app/export/exports_fixture.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

class OffScreenExport : public Exports {
 protected:
  PanelExport off_screen(scene::Headless& window, const Named& panel, ImVec2 size, PanelExports::Wish wish = {.figure = true}) {
    frame(window, panel);  // between the frames of a window
    auto drawn = draw_off_screen(*find_panel(panel.id), input(panel.points), ui_, commands_, size, wish);
    if (!drawn) ADD_FAILURE() << panel.title << " handed nothing over";
    return drawn ? std::move(*drawn) : PanelExport{};
  }
};

TEST_F(OffScreenExport, AFigureHoldsWhatScrolledOutOfSight) {
  scene::Headless window;
  // The last character of the last passage is a space: its neighbours tell.
  for (const char* id : {"strips", "tokens"}) {
    const Named panel = named(id);
    const PanelExport low = taken(window, panel, {.figure = true});
    const PanelExport whole = off_screen(window, panel, {640, 360});
    EXPECT_EQ(low.area.height(), 360);
    EXPECT_GT(low.facts.hidden, 100) << id;
    EXPECT_LT(whole.facts.hidden, 1) << id;
    EXPECT_GT(whole.area.height(), 360 + 100) << id;
    EXPECT_EQ(whole.area.width(), 640);
    const auto letters = [&](const PanelExport& figure) {
      const std::string svg = figure_svg(figure, run_of(false).status, {theme_, {}, 1});
      std::size_t count = 0;
      for (std::size_t i = 0; (i = svg.find("</text>", i)) != std::string::npos; ++i) ++count;
      return count;
    };
    EXPECT_GT(letters(whole), 8u * 128u) << id;  // every token of the eight passages
    EXPECT_LT(letters(low), 8u * 128u) << id;
  }
}

TEST_F(OffScreenExport, TheWindowsContextAndRegistryAreLeftAlone) {
  scene::Headless window;
  ImGuiContext* const before = ImGui::GetCurrentContext();
  const PanelExport figure = off_screen(window, named("tokens"), {500, 200});
  EXPECT_EQ(ImGui::GetCurrentContext(), before);
  EXPECT_FALSE(exports_.off_screen());
  EXPECT_FALSE(exports_.is_pending());
  ASSERT_TRUE(window.registry.find("Tokens/passage"));
  EXPECT_LT(window.registry.find("Tokens/passage")->max.y, 400);  // of the window's panel, not of the figure's
  frame(window, named("tokens"));
  EXPECT_TRUE(done_.empty());
}

TEST_F(OffScreenExport, ControlsLeaveNoGapInAFigure) {
  scene::Headless window;
  const auto first_letter = [&](const PanelExport& figure) {
    const std::string svg = figure_svg(figure, run_of(false).status, {theme_, {}, 1});
    const std::size_t at = svg.find("class=\"mono\"");
    return at == std::string::npos ? -1.0f : std::stof(svg.substr(svg.find("y=\"", at) + 3));
  };
  const float on_screen = first_letter(taken(window, named("generation"), {.figure = true}));
  const float in_figure = first_letter(off_screen(window, named("generation"), {640, 360}));
  ASSERT_GT(in_figure, 0);
  EXPECT_LT(in_figure, on_screen - 30);
}

TEST_F(OffScreenExport, TheTimelineHasItsAxesAndKeyInAFigureAlone) {
  scene::Headless window({640, 74});
  const auto svg_of = [&](const PanelExport& figure) { return figure_svg(figure, run_of(false).status, {theme_, {}, 1}); };
  EXPECT_THAT(svg_of(taken(window, named("timeline"), {.figure = true})), Not(HasSubstr(">step</text>")));
  const PanelExport figure = off_screen(window, named("timeline"), {640, 74});
  EXPECT_GT(figure.area.height(), 150);
  for (const char* words : {">step</text>", ">training loss [nats]</text>", ">edit</text>", ">20</text>", ">steps 1 to 50</text>"})
    EXPECT_THAT(svg_of(figure), HasSubstr(words));
  EXPECT_THAT(svg_of(figure), Not(HasSubstr(">alert</text>")));  // there were none
}

TEST_F(OffScreenExport, BeyondTheLongestTheFigureSaysWhatIsLeftOut) {
  scene::Headless window;
  const Named panel = named("tokens");
  const PanelExport figure = off_screen(window, panel, {64, 100});
  EXPECT_EQ(figure.area.height(), kHighestFigure);
  EXPECT_GT(figure.facts.hidden, 0);
  EXPECT_THAT(figure_svg(figure, run_of(false).status, {theme_, {}, 1}), HasSubstr("cut"));
  EXPECT_THAT(figure_svg(off_screen(window, panel, {640, 360}), run_of(false).status, {theme_, {}, 1}), Not(HasSubstr(">cut")));
}

TEST_F(OffScreenExport, TheWriterGivesBackWhatItWroteInOrder) {
  scene::Headless window;
  FontLoader fonts;
  theme_.fonts = fonts.build({}, 1);
  const PanelExport loss = taken(window, named("loss"), {.data = true});
  const PanelExport flow = taken(window, named("flow"), {.figure = true});
  const test::TemporaryFolder folder;
  std::ofstream(folder.path() / "file") << "x";
  const auto job = [&](const PanelExport& panel, const fs::path& where) {
    return ExportWriter::Job{panel, run_of(false).status, {theme_, fonts.typefaces(), 1}, where};
  };
  {
    ExportWriter writer;
    EXPECT_TRUE(writer.finish().empty());
    writer.write(job(loss, folder.path() / "a"));
    writer.write(job(loss, folder.path() / "file"));
    writer.write(job(flow, folder.path() / "a"));
    const auto done = writer.finish();
    ASSERT_EQ(done.size(), 3u);
    ASSERT_TRUE(done[0]);
    EXPECT_THAT(*done[0], ElementsAre(folder.path() / "a" / "loss-step50.csv"));
    ASSERT_FALSE(done[1]);
    EXPECT_THAT(done[1].error().message, HasSubstr("file"));
    ASSERT_TRUE(done[2]);
    EXPECT_EQ(done[2]->size(), 2u);
    EXPECT_TRUE(writer.take_done().empty());
    for (int i = 0; i < 20; ++i) writer.write(job(loss, folder.path() / "b"));
  }
  // It ends only once everything is written, here twenty files of one step.
  EXPECT_EQ(std::distance(fs::directory_iterator(folder.path() / "b"), {}), 20);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
