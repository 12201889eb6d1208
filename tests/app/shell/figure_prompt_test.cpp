// The dialog of a figure for a page, by its labels.
#include "app/shell/dialogs/figure_prompt.h"

#include <gmock/gmock.h>

#include <memory>
#include <string>

#include "app/panels/panel_table.h"
#include "app/run/transport.h"
#include "tests/app/shell/workbench_fixture.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;
using viz::Key;

class FigureDialog : public WorkbenchTest {
 protected:
  // As whoever runs the window does it.
  void serve() {
    app::FigurePrompt& prompt = ui_.figure_prompt;
    const auto form = app::form_of(prompt);
    if (!form || prompt.panel.empty()) return;
    app::FigurePreview preview;
    preview.form = *form;
    preview.panel.area = {0, 0, 400, 300};
    preview.panel.drawing.emplace();
    preview.panel.drawing->rect_fill({0, 0, 400, 300}, viz::rgb(0xff0000), 0);
    prompt.preview = std::make_shared<const app::FigurePreview>(std::move(preview));
  }
  void open_dialog() {
    exports_ = &offered_;
    press_key(Key::p, true, true);
    draw(3);
    type("Figure of Loss for a page");
    press_key(Key::enter);
    draw(2);
  }
  app::PanelExports offered_;
};

TEST_F(FigureDialog, AsksShowsAndSaves) {
  open_dialog();
  ASSERT_EQ(ui_.figure_prompt.panel, "loss");
  EXPECT_EQ(find("figure/size").text, "85mm");
  click("Save");
  EXPECT_FALSE(ui_.figure_prompt.is_wanted) << "nothing is drawn yet";
  serve();
  draw(2);
  EXPECT_EQ(find("figure/preview").text, "drawn");
  EXPECT_THAT(find("figure/says").text, HasSubstr("85 × 64 mm on paper, 1004 × 753 pixels as PNG"));
  click("PDF");
  EXPECT_TRUE(ui_.figure_prompt.form.pdf);
  EXPECT_EQ(find("figure/says").text, "…") << "what is shown is of another form";
  click("Save");
  EXPECT_FALSE(ui_.figure_prompt.is_wanted);
  serve();
  draw(2);
  click("Save");
  EXPECT_TRUE(ui_.figure_prompt.is_wanted);
}

TEST_F(FigureDialog, SaysWhatIsNotAllowedAndLeavesTheKeysAlone) {
  open_dialog();
  const std::size_t before = commands_.size();
  type("wide r.");
  draw(2);
  EXPECT_EQ(commands_.size(), before) << "what is typed is for the field";
  EXPECT_THAT(find("figure/says").text, HasSubstr("allowed is a width like 85mm"));
  serve();
  draw();
  click("Save");
  EXPECT_FALSE(ui_.figure_prompt.is_wanted);
  ui_.figure_prompt.size = "6in", ui_.figure_prompt.font = "300";
  draw(2);
  EXPECT_THAT(find("figure/says").text, HasSubstr("Letters '300': allowed is 4 to 48 pt"));
  ui_.figure_prompt.font = "8";
  app::FigureForm& form = ui_.figure_prompt.form;
  form.svg = form.pdf = form.png = form.csv = false;
  draw(2);
  EXPECT_THAT(find("figure/says").text, HasSubstr("No file"));
  press_key(Key::escape);
  EXPECT_EQ(ui_.figure_prompt.panel, "");
}

TEST_F(FigureDialog, FitsTheSmallestWindow) {
  open_dialog();
  serve();
  for (const ImVec2 size : {ImVec2(1000, 650), ImVec2(1280, 720)}) {
    ImGui::GetIO().DisplaySize = size;
    draw(4);
    const auto& save = find("Save");
    EXPECT_LT(save.max.y, size.y);
    EXPECT_GT(save.max.y, 0);
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
