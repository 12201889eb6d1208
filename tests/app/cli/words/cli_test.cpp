// The command line as a value.
#include "app/cli/words/cli.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "app/cli/setups/presets.h"
#include "core/config/knobs.h"
#include "tests/app/cli/words/parse.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(Cli, NothingMeansTheWindowWithTheDefaultDemo) {
  const auto options = parse({});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mode, Mode::window);
  EXPECT_EQ(options->config, Config{});
  EXPECT_EQ(options->preset, kDefaultPreset);
  EXPECT_FALSE(options->steps);
  EXPECT_EQ(options->width, 1280);
  EXPECT_EQ(options->height, 720);
}

TEST(Cli, EveryKnobCanBeSetToItsDefaultAndRefusesNonsense) {
  for (const Knob& knob : knobs()) {
    const std::string key(knob.key);
    const auto options = parse({"--set", key + "=" + to_text(knob.get(Config{}))});
    ASSERT_TRUE(options) << options.error().message;
    EXPECT_EQ(options->config, Config{}) << key;
    if (knob.type == KnobType::text) continue;
    EXPECT_THAT(refusal({"--set", key + "=nonsense"}),
                testing::AllOf(HasSubstr(key), HasSubstr(allowed_range(knob))));
    if (knob.type != KnobType::integer && knob.type != KnobType::real) continue;
    for (const char* bad : {"nan", "inf", knob.minimum < 0 ? "-1e300" : "-1", "1e300", ""})
      EXPECT_THAT(refusal({"--set", key + "=" + bad}),
                  testing::AllOf(HasSubstr(key), HasSubstr(allowed_range(knob))));
  }
}

TEST(Cli, NamesWhatIsWrongAndWhatIsAllowed) {
  EXPECT_THAT(refusal({"--set", "expert_count=3"}), HasSubstr("expert_count"));
  EXPECT_THAT(refusal({"--set", "experts=999"}), HasSubstr("1 to 256"));
  EXPECT_THAT(refusal({"--set", "experts=2.5"}), HasSubstr("integer"));
  EXPECT_THAT(refusal({"--set", "experts"}), HasSubstr("key=value"));
  EXPECT_THAT(refusal({"--set", "top_k=9"}), HasSubstr("1 to experts = 8"));
  EXPECT_THAT(refusal({"--seed", "abc"}), testing::AllOf(HasSubstr("--seed"), HasSubstr("integer")));
  EXPECT_THAT(refusal({"--steps", "0"}), testing::AllOf(HasSubstr("--steps"), HasSubstr("from 1")));
  EXPECT_THAT(refusal({"--steps", "ten"}), HasSubstr("whole number"));
  EXPECT_THAT(refusal({"--preset", "none"}),
              testing::AllOf(HasSubstr("--preset none"), HasSubstr("tiny-stories")));
  EXPECT_THAT(refusal({"--theme", "pink"}), HasSubstr("light, dark"));
  EXPECT_THAT(refusal({"--workspace", "kitchen"}), testing::AllOf(HasSubstr("--workspace kitchen"), HasSubstr("train, routing, ")));
  EXPECT_EQ(parse({"--workspace", "health"})->workspace, Workspace::health);
  EXPECT_EQ(parse({"--workspace", "Tokens"})->workspace, Workspace::tokens);
  EXPECT_THAT(refusal({"--scale", "3"}), HasSubstr("1.25"));
  EXPECT_THAT(refusal({"--size", "1920"}), HasSubstr("1920x1080"));
  for (const char* size : {"", "x", "1920x", "x1080", "1920x1080x2", "-1920x-1080", "99999x1080"})
    EXPECT_THAT(refusal({"--size", size}), HasSubstr("--size"));
  EXPECT_THAT(refusal({"--size", "10x10"}), HasSubstr("640x360"));
  EXPECT_THAT(refusal({"--after-steps", "5"}), HasSubstr("--screenshot"));
  EXPECT_THAT(refusal({"--headless", "--screenshot", "a.png"}), HasSubstr("--headless"));
  EXPECT_THAT(refusal({"--figures"}), HasSubstr("--headless"));
  EXPECT_THAT(refusal({"--json"}), HasSubstr("--list-knobs"));
  EXPECT_THAT(refusal({"--frobnicate"}), HasSubstr("--frobnicate"));
  EXPECT_THAT(refusal({"--out"}), HasSubstr("--out"));
  EXPECT_THAT(refusal({"book.txt"}), HasSubstr("book.txt"));
  for (const char* size : {"7681x720", "1280x4321", "16384x16384", "639x720", "1280", "x", "1280x720x3", "-1280x720", "1e3x720", "99999999999999999999x720"})
    EXPECT_THAT(refusal({"--size", size}), AllOf(HasSubstr(size), HasSubstr("640x360 to 7680x4320")));
  EXPECT_THAT(refusal({"route", "--run", "x", "--text", "a", "--precision", "fp64"}), AllOf(HasSubstr("fp64"), HasSubstr("fp32, bf16, auto")));
  EXPECT_THAT(refusal({"route"}), HasSubstr("--run"));
  EXPECT_THAT(refusal({"route", "--run", "x"}), HasSubstr("--text"));
}

TEST(Cli, EditsToMakeAreCheckedBeforeAnythingIsMade) {
  const auto options = parse({"--headless", "--do", "400: clone 0.3", "--do", "20:top_k=1"});
  ASSERT_TRUE(options) << options.error().message;
  ASSERT_TRUE(options->replay);
  EXPECT_EQ(options->replay->left(), 2u);
  EXPECT_EQ(options->replay->due(20)->changes.at(0).key, "top_k") << "in the order of their steps";
  for (const auto& [said, why] :
       {std::pair{"clone 0.3", "STEP: and an operation or KEY=VALUE"}, std::pair{"0: clone 0.3", "STEP:"},
        std::pair{"-5: clone 0.3", "STEP:"}, std::pair{"5: clone", "expected is clone"},
        std::pair{"5: explode 0.3", "no operation"}, std::pair{"5: top_k=many", "top_k"},
        std::pair{"5: top_q=1", "top_q"}, std::pair{"5: muted=banana", "names no expert"}})
    EXPECT_THAT(refusal({"--headless", "--do", said}), testing::AllOf(HasSubstr("--do"), HasSubstr(why))) << said;
}

TEST(Cli, AnOperationWithAnEqualsSignIsNoKnob) {
  const auto options = parse({"--headless", "--do", "5: upcycle experts=4 r=0.5"});
  ASSERT_TRUE(options) << options.error().message;
  ASSERT_TRUE(options->replay->due(5)->operation);
  EXPECT_EQ(text_of(*options->replay->due(5)->operation), "upcycle experts=4 r=0.5");
  EXPECT_THAT(refusal({"--headless", "--do", "5: upcycle experts=0"}),
              HasSubstr("experts = 0: allowed is 1 to 256"));
}

TEST(Cli, RoutesGoIntoAFolderAndComeOutOfOne) {
  const auto options = parse({"--headless", "--record-routes", "to/here", "--routes", "from/there"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->record_routes, "to/here");
  EXPECT_EQ(options->routes, "from/there");
  for (const char* word : {"--record-routes", "--routes"}) {
    EXPECT_THAT(refusal({word, "x"}), testing::AllOf(HasSubstr(word), HasSubstr("goes with --headless")));
    EXPECT_THAT(refusal({"--headless", word, ""}),
                testing::AllOf(HasSubstr(word), HasSubstr("the name of a folder")));
  }
}

TEST(Cli, WhatIsLoggedIsNamed) {
  const auto logged = [](std::vector<std::string> arguments) {
    const auto options = parse(std::move(arguments));
    if (!options) return options.error().message;
    const Config& config = options->config;
    return fmt::format("{:d}{:d}{:d}", config.log_csv, config.log_jsonl, config.log_tensorboard);
  };
  EXPECT_EQ(logged({}), "110");
  EXPECT_EQ(logged({"--log", "tensorboard"}), "001");
  EXPECT_EQ(logged({"--log", "tensorboard,csv,jsonl"}), "111");
  EXPECT_EQ(logged({"--log", "none"}), "000");
  EXPECT_EQ(logged({"--set", "log_jsonl=true", "--log", "csv"}), "110") << "--set wins wherever it stands";
  for (const char* wrong : {"", "cvs", "csv,", "csv,none", ",", "csv jsonl"})
    EXPECT_THAT(refusal({"--log", wrong}), AllOf(HasSubstr("--log"), HasSubstr("csv, jsonl and tensorboard")));
  EXPECT_THAT(refusal({"open", ".", "--log", "csv"}), HasSubstr("trains nothing"));
  EXPECT_THAT(refusal({"compare", "--out", "x", "--log", "csv"}),
              AllOf(HasSubstr("with --log its arms"), Not(HasSubstr("--set"))));
  EXPECT_THAT(refusal({"compare", "--out", "x", "--log", "csv", "--set", "top_k=1", "--steps", "5"}),
              HasSubstr("with --log, --set, --steps its arms"));
  const auto compared = parse({"compare", "switch", "switch,top_k=1", "--log", "tensorboard", "--out", "x"});
  ASSERT_TRUE(compared) << compared.error().message;
  for (const StudyArm& arm : compared->study->arms) EXPECT_TRUE(arm.config.log_tensorboard && !arm.config.log_csv);
  const auto swept = parse({"sweep", "--set", "top_k=1,2", "--log", "tensorboard,csv", "--out", "x"});
  ASSERT_TRUE(swept) << swept.error().message;
  ASSERT_EQ(swept->study->arms.size(), 2u);
  for (const StudyArm& arm : swept->study->arms) EXPECT_TRUE(arm.config.log_tensorboard && !arm.config.log_jsonl);
}

TEST(Cli, ReadsTheWindowsArguments) {
  const auto options = parse({"--screenshot", "a.png", "--after-steps", "7", "--size", "1920x1080", "--scale", "2",
                              "--theme", "light", "--out", "somewhere", "--steps", "9"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mode, Mode::window);
  EXPECT_EQ(options->screenshot, "a.png");
  EXPECT_EQ(options->after_steps, 7);
  EXPECT_EQ(options->width, 1920);
  EXPECT_EQ(options->height, 1080);
  EXPECT_EQ(options->scale, 2);
  EXPECT_TRUE(options->light_theme);
  EXPECT_TRUE(options->has_theme && options->has_size);
  EXPECT_EQ(options->out, "somewhere");
  EXPECT_EQ(options->steps, 9);
}

TEST(Cli, TheLastOfTwoWins) {
  const auto options = parse({"--seed", "1", "--seed", "2", "--set", "experts=4", "--set", "experts=6"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->config.seed, 2);
  EXPECT_EQ(options->config.experts, 6);
}

TEST(Cli, ShowsInsteadOfRunning) {
  EXPECT_EQ(parse({"--list-knobs"})->mode, Mode::list_knobs);
  EXPECT_TRUE(parse({"--list-knobs", "--json"})->json);
  EXPECT_EQ(parse({"--list-presets"})->mode, Mode::list_presets);
  EXPECT_EQ(parse({"--version"})->mode, Mode::version);
  const auto help = parse({"--help"});
  EXPECT_EQ(help->mode, Mode::help);
  for (const char* argument : {"--headless", "--steps", "--out", "--config", "--set", "--corpus", "--seed",
                               "--preset", "--list-presets", "--list-knobs", "--version", "--screenshot",
                               "--after-steps", "--size", "--scale", "--theme", "--figures", "route", "130"})
    EXPECT_THAT(help->help, HasSubstr(argument));
  EXPECT_THAT(parse({"route", "--help"})->help, HasSubstr("--full"));
}

TEST(Cli, FiguresGoWithAHeadlessRunAndATheme) {
  EXPECT_FALSE(parse({"--headless"})->figures);
  const auto options = parse({"--headless", "--figures", "--theme", "light"});
  ASSERT_TRUE(options);
  EXPECT_TRUE(options->figures);
  EXPECT_TRUE(options->light_theme);
}

TEST(Cli, ReadsRoute) {
  const auto options = parse({"route", "--run", "dir", "--text", "Once = upon", "--json", "--full"});
  ASSERT_TRUE(options);
  EXPECT_EQ(options->mode, Mode::route);
  EXPECT_EQ(options->run, "dir");
  EXPECT_EQ(options->text, "Once = upon");
  EXPECT_TRUE(options->json && options->full);
  EXPECT_EQ(options->precision, Precision::fp32);
  EXPECT_EQ(parse({"route", "--run", "dir", "--text", "a", "--precision", "bf16"})->precision, Precision::bf16);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
