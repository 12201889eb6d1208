// What figures are asked to be, as words.
#include "app/cli/words/figure_form.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/words/cli.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(FigureForm, ASizeIsOfMillimetresCentimetresOrInches) {
  const auto read = [](const char* text) {
    FigureForm form;
    const auto done = read_figure_size(text, form);
    return done ? std::pair(form.width_mm, form.height_mm) : std::pair(-1.0, -1.0);
  };
  EXPECT_EQ(read("85mm"), std::pair(85.0, 0.0));
  EXPECT_EQ(read("85x60mm"), std::pair(85.0, 60.0));
  EXPECT_EQ(read("8.5cm"), std::pair(85.0, 0.0));
  EXPECT_NEAR(read("3.5in").first, 88.9, 1e-9);
  for (const char* text : {"", "85", "mm", "85 mm", "x60mm", "85xmm", "39mm", "1001mm", "-85mm", "nanmm", "infmm",
                           "1e3mm", "85mmx60mm"})
    EXPECT_EQ(read(text).first, -1.0) << text;
  FigureForm form;
  EXPECT_THAT(read_figure_size("85\x1b", form).error().message,
              HasSubstr("'85\\x1b': allowed is a width like 85mm"));
  EXPECT_EQ(form, FigureForm{}) << "what is refused changes nothing";
  ASSERT_TRUE(read_figure_size("8.5x6cm", form));
  EXPECT_EQ(size_text(form), "85x60mm");
}

TEST(FigureForm, FormatsAndLettersAreThoseNamed) {
  FigureForm form;
  EXPECT_EQ(formats_text(form), "svg,png,csv");
  ASSERT_TRUE(read_figure_formats("pdf,csv", form));
  EXPECT_EQ(formats_text(form), "pdf,csv");
  for (const char* text : {"", "pdf,", ",", "jpg", "pdf svg", "PDF"})
    EXPECT_FALSE(read_figure_formats(text, form)) << text;
  EXPECT_EQ(formats_text(form), "pdf,csv");
  ASSERT_TRUE(read_figure_font("7.5pt", form));
  EXPECT_EQ(form.font_pt, 7.5);
  for (const char* text : {"", "pt", "3", "49pt", "8px", "8ptpt"})
    EXPECT_FALSE(read_figure_font(text, form)) << text;
}

TEST(FigureForm, StandsOnTheCommandLine) {
  const auto parse = [](std::vector<const char*> words) {
    words.insert(words.begin(), "switchyard");
    return parse_options(static_cast<int>(words.size()), words.data());
  };
  const auto options = parse({"figures", "DIR", "--figure-size", "85mm", "--figure-font", "9pt", "--figure-format",
                              "pdf", "--figure-panels", "loss,expert-load", "--theme", "light"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->figure_form.width_mm, 85);
  EXPECT_EQ(options->figure_form.font_pt, 9);
  EXPECT_TRUE(options->figure_form.light_theme);
  EXPECT_EQ(formats_text(options->figure_form), "pdf");
  EXPECT_EQ(options->figure_form.panels, (std::vector<std::string>{"loss", "expert-load"}));
  EXPECT_TRUE(parse({"--headless", "--figures", "--figure-size", "85mm"}));
  EXPECT_THAT(parse({"--headless", "--figure-size", "85mm"}).error().message, HasSubstr("go with --figures"));
  EXPECT_THAT(parse({"figures", "DIR", "--figure-size", "85"}).error().message,
              HasSubstr("--figure-size: '85': allowed"));
  EXPECT_THAT(parse({"figures", "DIR", "--figure-font", "9pt"}).error().message,
              HasSubstr("goes with --figure-size"));
  for (const char* none : {"", ",", ",,"}) {
    const auto refused = parse({"figures", "DIR", "--figure-panels", none});
    ASSERT_FALSE(refused) << none;
    EXPECT_THAT(refused.error().message, HasSubstr("names of panels"));
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
