// --list-knobs and --list-presets, and the presets themselves.
#include <gmock/gmock.h>

#include "app/cli/setups/presets.h"
#include "core/base/json.h"
#include "core/config/knobs.h"
#include "tests/app/cli/words/parse.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;

TEST(Lists, ShowEveryKnob) {
  const std::string table = knob_list(false);
  const Json json = *parse_json(knob_list(true), "--list-knobs");
  ASSERT_EQ(json.size(), knobs().size());
  for (std::size_t i = 0; i < json.size(); ++i) {
    const Knob& knob = knobs()[i];
    EXPECT_THAT(table, HasSubstr("  " + std::string(knob.key) + " "));
    EXPECT_EQ(json[i]["key"], knob.key);
    EXPECT_EQ(json[i]["allowed"], allowed_range(knob));
    EXPECT_EQ(json[i]["help"], knob.help);
    EXPECT_EQ(json[i]["level"], name_of(knob.level));
    EXPECT_TRUE(json[i].contains("default"));
  }
  EXPECT_EQ(json[0]["minimum"], 1);
  std::size_t width = 0, start = 0;
  for (std::size_t end; (end = table.find('\n', start)) != std::string::npos; start = end + 1)
    width = std::max(width, end - start);
  EXPECT_LE(width, 112u);
}

TEST(Presets, AreValidNamedAndTold) {
  ASSERT_GE(presets().size(), 5u);
  EXPECT_EQ(presets()[0].name, kDefaultPreset);
  EXPECT_EQ(presets()[0].config, Config{});
  for (const Preset& preset : presets()) {
    EXPECT_TRUE(validate(preset.config).empty()) << preset.name;
    EXPECT_FALSE(preset.title.empty());
    EXPECT_FALSE(preset.description.empty());
    EXPECT_EQ(preset.description.find('\n'), std::string::npos);
    EXPECT_EQ(find_preset(preset.name), &preset);
    EXPECT_THAT(preset_list({}), HasSubstr(preset.name));
    EXPECT_EQ(parse({"--preset", preset.name})->config, preset.config);
  }
  EXPECT_EQ(find_preset("no such"), nullptr);
}

TEST(Presets, SwitchIsOneExpertATokenWithCapacity) {
  const Config& config = find_preset("switch")->config;
  EXPECT_EQ(config.top_k, 1);
  EXPECT_EQ(config.gate, Gate::softmax);
  EXPECT_EQ(config.overflow, Overflow::drop_late);
  EXPECT_EQ(config.capacity_factor, 1.25);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
