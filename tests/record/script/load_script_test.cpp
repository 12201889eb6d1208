#include "core/record/script/load_script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/printable.h"
#include "core/config/knobs.h"
#include "core/record/script/script_lines.h"
#include "core/record/script/script_parts.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::HasSubstr;
using testing::Not;

std::optional<bool> known(std::string_view word) {
  if (word == "yes" || word == "gate=soft") return true;
  if (word == "no") return false;
  return std::nullopt;
}

bool holds(std::string_view condition) {
  const auto held = condition_holds(condition, known);
  EXPECT_TRUE(held) << held.error().message;
  return held && *held;
}

TEST(ScriptLines, ConditionsBindAsTheyAreRead) {
  EXPECT_TRUE(holds("yes"));
  EXPECT_FALSE(holds("no"));
  EXPECT_TRUE(holds("not no"));
  EXPECT_TRUE(holds("gate=soft"));
  EXPECT_FALSE(holds("yes and no"));
  EXPECT_FALSE(holds("yes and not yes"));
  EXPECT_TRUE(holds("yes or no and no")) << "\"and\" first";
  EXPECT_FALSE(holds("no and yes or no"));
  EXPECT_TRUE(holds("no or not no and yes"));
  for (const char* condition : {"maybe", "yes or maybe", "no and maybe", "not maybe"})
    EXPECT_THAT(condition_holds(condition, known).error().message, HasSubstr("maybe")) << condition;
}

TEST(ScriptLines, LinesStandOrGoAsTheirConditionsSay) {
  EXPECT_EQ(*lines_that_hold(
                "a  \n  b  #if yes\n  c  #if no\n\n    d  # why  #if no  #else e  # too\n  f  #if yes  #else g\n",
                known),
            "a\n  b\n\n    e  # too\n  f\n");
  EXPECT_THAT(lines_that_hold("a  #if maybe\n", known).error().message, HasSubstr("maybe"));
}

std::string script_of(const Config& config, std::size_t outputs = 60) {
  const auto script = load_script(config, outputs, {});
  EXPECT_TRUE(script) << script.error().message;
  return script ? *script : "";
}

// Whatever a configuration holds of files is not in it.
TEST(LoadScript, HasNumbersAndChoicesAlone) {
  Config plain, hostile;
  hostile.corpus = "\"\"\"\nimport os\n'''.txt";
  hostile.points = "'''+os.system('x')+'''.csv";
  EXPECT_EQ(script_of(hostile), script_of(plain));
  for (Config* config : {&plain, &hostile}) config->task = TaskKind::clusters;
  EXPECT_EQ(script_of(hostile), script_of(plain));
  for (const ScriptPart& part : script_parts())
    for (const Knob& knob : knobs())
      if (knob.type == KnobType::text) {
        std::string constant = "\n" + std::string(knob.key) + " =";
        for (char& c : constant) c = static_cast<char>(std::toupper(c));
        EXPECT_THAT(std::string(part.text), Not(HasSubstr(constant))) << part.name;
      }
}

// Every part is in the script of some configuration, and nothing of conditions is in any.
TEST(LoadScript, HasWhatItsConfigurationUses) {
  Config config;
  config.gate = Gate::sigmoid;
  config.experts = 12;
  config.route_scale = 2.5;
  const std::string script = script_of(config, 71);
  EXPECT_THAT(script, HasSubstr("\nVOCABULARY = 71 "));
  EXPECT_THAT(script, HasSubstr("\nEXPERTS = 12 "));
  EXPECT_THAT(script, HasSubstr("\nROUTE_SCALE = 2.5\n"));
  EXPECT_THAT(script, HasSubstr("\nGATE = \"sigmoid\"\n"));
  EXPECT_THAT(script, HasSubstr("F.logsigmoid(z)"));
  EXPECT_THAT(script, HasSubstr("\"MUTED\": \"none\""));
  for (const char* word :
       {"#if", "#else", "ROUTE_GROUPS", "SLOTS", "OVERFLOW", "SHARED_", "e_score", "token_counts", "DIMS", "RMS"})
    EXPECT_THAT(script, Not(HasSubstr(word)));
}

TEST(LoadScript, WhatOtherGatesLeftIsDecidedByTheFile) {
  Config config;
  config.gate = Gate::sinkhorn;
  const std::vector<std::int64_t> shape{8};
  const ScriptTensor tensors[] = {{"model.layers.0.block_sparse_moe.gate.e_score_correction_bias", shape},
                                  {"model.token_counts", shape}};
  const auto script = load_script(config, 60, tensors);
  ASSERT_TRUE(script);
  EXPECT_THAT(*script, HasSubstr("\"e_score_correction_bias\""));
  EXPECT_THAT(*script, HasSubstr("\"token_counts\""));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
