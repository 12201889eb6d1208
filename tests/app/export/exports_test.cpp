// Figures and data of panels: asked for in the corner, handed over in the next frame, written as files.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>

#include "app/export/figure.h"
#include "app/panels/curves/panels.h"
#include "app/ui/fonts.h"
#include "app/ui/table.h"
#include "core/base/json.h"
#include "core/base/utf8.h"
#include "core/config/knobs.h"
#include "tests/app/export/exports_fixture.h"
#include "tests/support/font_library.h"
#include "tests/support/read_file.h"
#include "tests/support/temporary_folder.h"
#include "viz/base/named_text.h"
#include "viz/canvas/canvas_svg.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

const auto* const fonts_end = test::end_fontconfig_after_tests();

namespace fs = std::filesystem;
using test::read;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// What a made-up run has nothing of: gradients are worked out when somebody watches, a difference takes two, and
// what is to be asked nobody has asked.
bool lacks_data(const Named& panel) {
  return panel.id == "gradients" || panel.id == "difference" || find_panel(panel.id)->asked;
}
const Named kLoss = named("loss");

TEST_P(Exports, FigureHasTheFrameAndNoControls) {
  scene::Headless window;
  const PanelExport panel = taken(window, GetParam(), {.figure = true});
  ASSERT_TRUE(panel.drawing);
  EXPECT_FALSE(panel.table);
  EXPECT_EQ(panel.area.width(), 640);
  const std::string svg = figure_svg(panel, run_of(GetParam().points).status, {theme_, {}, 1});
  EXPECT_THAT(svg, HasSubstr("<title>" + GetParam().title + "</title>"));
  EXPECT_THAT(svg, HasSubstr(">" + GetParam().title + "</text>"));
  EXPECT_THAT(svg, HasSubstr("&quot;config&quot;:{"));
  EXPECT_THAT(svg, HasSubstr("step 50"));
  EXPECT_THAT(svg, Not(HasSubstr(">Generate<")));
  EXPECT_GT(svg.size(), 2000u);
}

TEST_P(Exports, DataIsATableWithUnits) {
  scene::Headless window;
  const PanelExport panel = taken(window, GetParam(), {.data = true});
  EXPECT_FALSE(panel.drawing);
  ASSERT_TRUE(panel.table);
  ASSERT_EQ(panel.table->empty(), lacks_data(GetParam()));
  for (const auto& row : panel.table->rows()) ASSERT_EQ(row.size(), panel.table->columns().size());
}

TEST_P(Exports, TheCornerAsksByMouse) {
  scene::Headless window;
  const auto content = [&] {
    draw(GetParam());
    for (PanelExport& panel : exports_.end_frame()) done_.push_back(std::move(panel));
  };
  const std::string title = GetParam().title;
  ASSERT_TRUE(window.click(title + "/export figure", content));
  ASSERT_EQ(done_.size(), 1u);
  EXPECT_TRUE(done_[0].drawing);
  ASSERT_TRUE(window.click(title + "/export data", content));
  ASSERT_EQ(done_.size(), 2u);
  EXPECT_TRUE(done_[1].table);
}

INSTANTIATE_TEST_SUITE_P(EveryPanel, Exports, ::testing::ValuesIn(all_panels()), [](const auto& tested) {
  std::string name = tested.param.title;
  std::erase_if(name, [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; });
  return name;
});

class ExportOf : public Exports {};

TEST_F(ExportOf, NobodyAsksNothingIsHandedOver) {
  scene::Headless window;
  for (int i = 0; i < 3; ++i) {
    frame(window, kLoss);
    EXPECT_TRUE(done_.empty());
  }
}

TEST_F(ExportOf, AWishForAPanelThatIsNotThereLapses) {
  scene::Headless window;
  exports_.ask("nothing", {.figure = true});
  EXPECT_TRUE(exports_.is_pending());
  frame(window, kLoss);
  frame(window, kLoss);
  EXPECT_FALSE(exports_.is_pending());
  EXPECT_TRUE(done_.empty());
}

TEST_F(ExportOf, LossHasEveryStepShownAndTheCurvesSwitchedOn) {
  scene::Headless window;
  const PanelExport all = taken(window, kLoss, {.data = true});
  EXPECT_THAT(all.table->columns(),
              ElementsAre("step", "train loss [nats]", "train loss, smoothed [nats]", "validation loss [nats]"));
  ASSERT_EQ(all.table->rows().size(), 50u);
  const auto& history = run_of(false).view.history;
  EXPECT_EQ(all.table->rows()[9][0].text(), "10");
  EXPECT_EQ(std::stof(all.table->rows()[9][1].text()), history.scalar(Scalar::loss)[9]);

  ui_.plots["loss"].fit_x = false;
  ui_.plots["loss"].x_min = 10;
  ui_.plots["loss"].x_max = 19.5;
  ui_.plots["loss"].hidden = {"validation"};
  const PanelExport part = taken(window, kLoss, {.data = true});
  EXPECT_THAT(part.table->columns(), ElementsAre("step", "train loss [nats]", "train loss, smoothed [nats]"));
  ASSERT_EQ(part.table->rows().size(), 10u);
  EXPECT_EQ(part.table->rows().back()[0].text(), "19");
}

TEST_F(ExportOf, ExpertLoadHasARowAStepAndNoneTwice) {
  scene::Headless window;
  const PanelExport panel = taken(window, named("expert-load"), {.data = true});
  ASSERT_TRUE(panel.table);
  const auto& rows = panel.table->rows();
  ASSERT_EQ(rows.size(), 50u);
  for (std::size_t i = 0; i < rows.size(); ++i) EXPECT_EQ(rows[i][0].text(), std::to_string(i + 1));
  // Expert e has the share (e + 1) of 1 + ... + 8.
  for (std::size_t e = 0; e < 8; ++e)
    EXPECT_EQ(rows.back()[e + 1].text(), Cell(static_cast<float>(8 * static_cast<double>(e + 1) / 36)).text());
  EXPECT_EQ(rows.back()[9].text(), "1");
}

TEST_F(ExportOf, ConfusionCountsItsPoints) {
  scene::Headless window;
  const PanelExport panel = taken(window, named("confusion"), {.data = true});
  const auto& confusion = run_of(true).seen.view.confusion;
  ASSERT_EQ(panel.table->rows().size(), 3u);
  for (std::size_t r = 0; r < 3; ++r)
    for (std::size_t c = 0; c < 3; ++c)
      EXPECT_EQ(panel.table->rows()[r][c + 1].text(), std::to_string(confusion[3 * r + c]));
}

TEST_F(ExportOf, BeforeTheFirstStepThereIsNoTable) {
  scene::Headless window;
  const scene::Scene empty = scene::empty_scene(RunState::loading);
  PanelExport panel;
  exports_.ask("loss", {.data = true});
  for (int i = 0; i < 2; ++i) {
    window.frame([&] { scene::draw("loss", empty.input(exports_), ui_, commands_); });
    for (PanelExport& handed : exports_.end_frame()) panel = std::move(handed);
  }
  ASSERT_TRUE(panel.table);
  const test::TemporaryFolder folder;
  const auto written = write_export(panel, empty.status, {theme_, {}, 1}, folder.path());
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("Loss: there is nothing to export yet"));
}

TEST_F(ExportOf, FilesAreNamedByPanelAndStepAndNeverReplaced) {
  scene::Headless window;
  FontLoader fonts;
  theme_.fonts = fonts.build({}, 1);
  const PanelExport panel = taken(window, named("expert-load"), {.figure = true, .data = true});
  const test::TemporaryFolder folder;
  const FigureLook look{theme_, fonts.typefaces(), 1};
  for (const std::string stem : {"expert-load-layer0-step50", "expert-load-layer0-step50-2"}) {
    RunStatus status = run_of(false).status;
    status.run = "mine";
    status.parent = RunPoint{"its-parent", 7};
    const auto files = write_export(panel, status, look, folder.path() / "figures");
    ASSERT_TRUE(files) << files.error().message;
    const fs::path base = folder.path() / "figures" / stem;
    EXPECT_THAT(*files, ElementsAre(base.string() + ".svg", base.string() + ".png", base.string() + ".csv"));
    for (const fs::path& file : *files) EXPECT_GT(fs::file_size(file), 500u);
  }
  const std::string csv = read(folder.path() / "figures" / "expert-load-layer0-step50.csv");
  EXPECT_THAT(csv, ::testing::StartsWith("step,\"E00 [utilisation, fair share 1]\","));
  EXPECT_THAT(csv.substr(0, csv.find('\n')), ::testing::EndsWith(",run,parent"));
  EXPECT_THAT(csv, ::testing::EndsWith(",mine,its-parent@7\n"));
  const std::string png = read(folder.path() / "figures" / "expert-load-layer0-step50.png");
  EXPECT_THAT(png, HasSubstr("its-parent@7"));
  EXPECT_THAT(png, HasSubstr("\"experts\":8"));
  // 640 x 360 and the margins, twice: big-endian in the header.
  const auto side = [&](std::size_t at) {
    return (static_cast<unsigned char>(png[at]) << 8) + static_cast<unsigned char>(png[at + 1]);
  };
  EXPECT_EQ(side(18), 2 * (640 + 24));
  EXPECT_EQ(side(22), 2 * (360 + 24 + 22));
}

TEST_F(ExportOf, AFigureIsAsLargeWhateverTheScaleOfTheWindow) {
  FontLoader fonts;
  std::string sizes[2];
  for (const int scale : {1, 2}) {
    const float s = static_cast<float>(scale);
    scene::Headless window({640 * s, 360 * s});
    theme_.fonts = fonts.build({}, s);
    exports_.ask("loss", {.figure = true});
    std::vector<PanelExport> done;
    for (int i = 0; i < 2; ++i) {
      window.frame([&] { scene::draw("loss", input(false, s), ui_, commands_); });
      done = exports_.end_frame();
    }
    ASSERT_EQ(done.size(), 1u);
    const std::string svg = figure_svg(done[0], run_of(false).status, {theme_, fonts.typefaces(), s});
    sizes[scale - 1] = svg.substr(svg.find("width="), 40);
    EXPECT_THAT(svg, HasSubstr("'Inter'"));
  }
  EXPECT_EQ(sizes[0], sizes[1]);
}

// In the window, in a figure and in a table.
TEST_F(ExportOf, ACharacterThatNoFontHasIsNamed) {
  scene::Headless window;
  std::string every;
  std::vector<char32_t> points;
  for (const char32_t script :
       {0x0F40, 0x1200, 0x13A0, 0x1900, 0x1A20, 0x1B80, 0x2C00, 0x4E00, 0xA500, 0xA840, 0xA880, 0xAB70, 0xAC00})
    for (char32_t c = script; c < script + 8; ++c) points.push_back(c), every += encode_utf8(c);
  Glyphs glyphs;
  glyphs.add(every);
  FontLoader fonts;
  const viz::Fonts built = fonts.build(glyphs, 1);
  for (const char32_t c : points) {
    const std::string text = encode_utf8(c), shown = viz::named_text(text);
    if (shown != text) {
      EXPECT_EQ(shown, fmt::format("U+{:04X}", static_cast<unsigned>(c)));
      continue;
    }
    for (const ImFont* font : {built.body, built.bold, built.small, built.mono, built.mono_small})
      EXPECT_TRUE(font->FindGlyphNoFallback(static_cast<ImWchar>(c)))
          << fmt::format("U+{:04X} is shown", static_cast<unsigned>(c));
  }
  viz::name_unshown({U'\u0f40'});
  viz::CanvasSvg svg({{0, 0, 100, 20}}, fonts.typefaces(),
                     [](std::string_view, viz::Font) { return viz::Point{}; });
  svg.text({0, 0}, "\u0f40|\u0085|\uFFFE|\xed\xa0\x80|\U0001F600", viz::rgb(0));
  EXPECT_THAT(svg.document({}), HasSubstr(">U+0F40|U+0085|U+FFFE|\\xed\\xa0\\x80|U+1F600<"));
  viz::name_unshown({});
  Table table;
  table.set_header({"character"});
  for (const char* cell : {"\u0085", "\uFFFE", "\xed\xa0\x80", "\U0001F600", "\u0f40", "two\nlines", "a,b"})
    table.add_row({std::string(cell)});
  EXPECT_EQ(table.csv(), "character\nU+0085\nU+FFFE\n\\xed\\xa0\\x80\nU+1F600\n\u0f40\n\"two\nlines\"\n\"a,b\"\n");
}

TEST_F(ExportOf, AFolderThatCannotBeMadeIsNamed) {
  scene::Headless window;
  const PanelExport panel = taken(window, kLoss, {.data = true});
  const test::TemporaryFolder folder;
  const fs::path file = folder.path() / "file";
  std::ofstream(file) << "x";
  const auto written = write_export(panel, run_of(false).status, {theme_, {}, 1}, file / "figures");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr((file / "figures").string()));
}

TEST_F(ExportOf, TheTimelineHasARowForEveryStepAndWhatHappenedAtIt) {
  scene::Headless window;
  const PanelExport panel = taken(window, named("timeline"), {.data = true});
  EXPECT_THAT(panel.table->columns(), ElementsAre("step", "training loss, smoothed [nats]", "validation loss [nats]", "event", "what"));
  const auto& rows = panel.table->rows();
  ASSERT_EQ(rows.size(), 50u);  // the three edits fall on steps that have a row
  const auto text = [&](std::size_t row) {
    std::vector<std::string> cells;
    for (const Cell& cell : rows[row]) cells.push_back(cell.text());
    return cells;
  };
  const auto& history = run_of(false).view.history;
  EXPECT_EQ(std::stof(text(9)[1]), history.scalar(Scalar::loss_smooth)[9]);
  EXPECT_EQ(text(48)[2], "");
  EXPECT_EQ(std::stof(text(49)[2]), history.validation().y[0]);
  EXPECT_EQ(text(11)[0], "12");
  EXPECT_EQ(text(11)[3], "set");
  EXPECT_EQ(text(11)[4], "Top-k 1\u21922");
  EXPECT_EQ(text(12)[3], "");

  ui_.timeline.fit = false;
  ui_.timeline.x_min = 20;
  ui_.timeline.x_max = 30;
  const PanelExport part = taken(window, named("timeline"), {.data = true});
  ASSERT_EQ(part.table->rows().size(), 11u);
  EXPECT_EQ(part.table->rows().front()[0].text(), "20");
}

TEST(Table, IsPlainCsv) {
  Table table;
  table.set_header({"a", "b, c", "d"});
  table.add_row({std::int64_t{3}, 0.1f, std::string("say \"x\"\n")});
  table.add_row({0.1, Cell(), static_cast<float>(NAN)});
  EXPECT_EQ(table.csv(), "a,\"b, c\",d\n3,0.1,\"say \"\"x\"\"\n\"\n0.1,,\n");
  EXPECT_EQ(table.csv({{"run", "a, b"}, {"parent", "c@5"}}),
            "a,\"b, c\",d,run,parent\n3,0.1,\"say \"\"x\"\"\n\",\"a, b\",c@5\n0.1,,,\"a, b\",c@5\n");
}

TEST(Figure, TellsWhichTextButNotWhereItLies) {
  RunStatus status;
  status.step = 10;
  status.corpus_name = "book.txt";
  status.text = {{9, std::string(64, 'a')}, 3000, {1976, 0.65, 0.66}};
  auto config = std::make_shared<Config>();
  config->corpus = "/home/somebody/book.txt";
  status.config = config;
  const std::string text = picture_text(status);
  EXPECT_EQ(text.find("somebody"), std::string::npos) << text;
  EXPECT_NE(text.find(std::string(64, 'a')), std::string::npos) << text;
  EXPECT_EQ(run_line(status),
            "book.txt \u00b7 66 % of the validation text <unk> \u00b7 step 10 \u00b7 Seed 1 \u00b7 Experts 8 "
            "\u00b7 Top-k 2");
  config->corpus = "bytes \xe9";  // never throws
  EXPECT_NE(picture_text(status).find("bytes"), std::string::npos);
}

TEST(Figure, SaysWhichKnobsWereTurned) {
  RunStatus status;
  status.step = 1200;
  status.corpus_name = "/somewhere/book.txt";
  auto config = std::make_shared<Config>();
  config->experts = 17;
  config->seed = 5;
  config->learning_rate = 0.25;
  status.config = config;
  EXPECT_EQ(run_line(status),
            "book.txt \u00b7 step 1,200 \u00b7 Seed 5 \u00b7 Experts 17 \u00b7 Top-k 2 \u00b7 Learning rate 0.25");
  // What goes into the picture's metadata reads back, and is ASCII.
  status.config = [&] {
    auto with_text = std::make_shared<Config>(*config);
    with_text->corpus = "caf\u00e9 \"quoted\"\n.txt";
    return with_text;
  }();
  const std::string metadata = picture_text(status);
  const auto json = parse_json(metadata, "metadata");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ((*json)["step"], 1200);
  EXPECT_EQ((*json)["config"]["experts"], 17);
  EXPECT_EQ((*json)["config"].size(), knobs().size());
  EXPECT_TRUE(std::all_of(metadata.begin(), metadata.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  EXPECT_EQ(file_stem("Hidden states"), "hidden-states");
  EXPECT_EQ(file_stem("  A/B: c "), "a-b-c");
  EXPECT_EQ(file_stem("\u2026"), "panel");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
