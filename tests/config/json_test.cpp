#include "core/config/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "core/config/knobs.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;

Result<Config> read(const std::string& text, const Config& base = {}) {
  const auto json = parse_json(text, "my.json");
  if (!json) return json.error();
  return config_from_json(*json, base, "my.json");
}

std::string error_of(const std::string& text) {
  const auto config = read(text);
  if (config) return "accepted";
  EXPECT_EQ(config.error().kind, ErrorKind::usage);
  EXPECT_THAT(config.error().message, HasSubstr("my.json"));
  return config.error().message;
}

// A config in which every knob differs from its default.
Config changed() {
  Config config;
  for (const Knob& knob : knobs()) {
    KnobValue value = knob.get(config);
    if (auto* b = std::get_if<bool>(&value)) *b = !*b;
    else if (auto* i = std::get_if<std::int64_t>(&value))
      *i += *i < static_cast<std::int64_t>(knob.maximum) ? 1 : -1;
    else if (auto* d = std::get_if<double>(&value)) *d = *d * 0.9 + knob.minimum * 0.1 + 1.0 / 3e4;
    else if (knob.type == KnobType::choice) value = std::string(knob.choices.back());
    else value = std::string("/a text/\"quoted\" \xc3\xa9.txt");
    knob.set(config, value);
  }
  config.heads = 3;
  config.d_model = 129;
  config.shards = 3;
  config.gate = Gate::softmax;
  return config;
}

TEST(ConfigJson, RoundTripsEveryKnobToTheBit) {
  for (const Config& config : {Config{}, changed()}) {
    const auto read_back = read(to_json_text(config));
    ASSERT_TRUE(read_back) << read_back.error().message;
    EXPECT_EQ(*read_back, config);
  }
}

TEST(ConfigJson, WritesTheTableInItsOrder) {
  std::vector<std::string> keys, expected;
  const Json json = to_json(Config{});
  for (const auto& [key, value] : *json.members()) keys.push_back(key);
  for (const Knob& knob : knobs()) expected.emplace_back(knob.key);
  EXPECT_EQ(keys, expected);
  EXPECT_EQ(json["experts"], 8);
  EXPECT_EQ(json["gate"], "softmax-renormalised");
  EXPECT_EQ(json["tied_head"], false);
}

TEST(ConfigJson, MissingKeysKeepTheBase) {
  Config base;
  base.experts = 16;
  const auto config = read(R"({"top_k": 4})", base);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->experts, 16);
  EXPECT_EQ(config->top_k, 4);
  EXPECT_EQ(*read("{}"), Config{});
}

TEST(ConfigJson, ReadsTheConfigOfARun) {
  const auto config =
      read(R"({"config": {"experts": 4}, "versions": {"libtorch": "1.13.1"}, "vocabulary": ["a"]})");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->experts, 4);
}

TEST(ConfigJson, TakesWholeNumbersWrittenAsReals) {
  EXPECT_EQ(read(R"({"experts": 16.0})")->experts, 16);
  EXPECT_EQ(read(R"({"schedule_steps": 1e5})")->schedule_steps, 100'000);
  EXPECT_EQ(read(R"({"learning_rate": 1})")->learning_rate, 1.0);
}

TEST(ConfigJson, NamesKeyAndRangeOfWhatItRefuses) {
  EXPECT_THAT(error_of(R"({"experts": 300})"), AllOf(HasSubstr("experts = 300"), HasSubstr("1 to 256")));
  EXPECT_THAT(error_of(R"({"experts": -1})"), HasSubstr("1 to 256"));
  EXPECT_THAT(error_of(R"({"experts": 8.5})"), AllOf(HasSubstr("experts = 8.5"), HasSubstr("an integer")));
  EXPECT_THAT(error_of(R"({"experts": "eight"})"), AllOf(HasSubstr("\"eight\""), HasSubstr("1 to 256")));
  EXPECT_THAT(error_of(R"({"experts": null})"), HasSubstr("an integer"));
  EXPECT_THAT(error_of(R"({"experts": [8]})"), HasSubstr("an integer"));
  EXPECT_THAT(error_of(R"({"experts": 1e300})"), HasSubstr("1 to 256"));
  EXPECT_THAT(error_of(R"({"experts": 18446744073709551615})"), HasSubstr("1 to 256"));
  EXPECT_THAT(error_of(R"({"noise_std": true})"), AllOf(HasSubstr("noise_std"), HasSubstr("0 to 10")));
  EXPECT_THAT(error_of(R"({"gate": "soft-max"})"), HasSubstr("softmax-renormalised, softmax"));
  EXPECT_THAT(error_of(R"({"gate": 1})"), HasSubstr("softmax-renormalised, softmax"));
  EXPECT_THAT(error_of(R"({"tied_head": 1})"), HasSubstr("true or false"));
  EXPECT_THAT(error_of(R"({"corpus": 1})"), HasSubstr("corpus"));
  EXPECT_THAT(error_of(R"({"corpus": ""})"), HasSubstr("corpus"));
  EXPECT_THAT(error_of(R"({"top_k": 9})"), HasSubstr("top_k = 9: allowed is 1 to experts = 8"));
}

TEST(ConfigJson, SuggestsTheKeyThatWasMeant) {
  EXPECT_THAT(error_of(R"({"expert_s": 4})"), AllOf(HasSubstr("unknown key 'expert_s'"), HasSubstr("'experts'")));
  EXPECT_THAT(error_of(R"({"learning-rate": 4})"), HasSubstr("did you mean 'learning_rate'?"));
  EXPECT_THAT(error_of(R"({"zzzzzzzzzzz": 4})"), HasSubstr("--list-knobs"));
  EXPECT_EQ(nearest_knob("capacityfactor"), "capacity_factor");
}

TEST(ConfigJson, WantsAnObject) {
  EXPECT_THAT(error_of("{\"experts\": 8, \"experts\": 9}"), HasSubstr("'experts' appears twice"));
  EXPECT_THAT(error_of("[1, 2]"), HasSubstr("wants a JSON object"));
  EXPECT_THAT(error_of("8"), HasSubstr("wants a JSON object"));
  EXPECT_THAT(error_of("{\"config\": 8}"), HasSubstr("wants a JSON object"));
  EXPECT_THAT(error_of("{\"config\": {\"config\": {}}}"), HasSubstr("unknown key 'config'"));
}

// The first says it all; looking for what was meant costs no more for a long key or for many.
TEST(ConfigJson, StopsAtTheFirstUnknownKey) {
  std::string text = "{\"top_k\": 1";
  for (int i = 0; i < 100'000; ++i) text += ", \"key_" + std::to_string(i) + "\": 1";
  const auto began = std::chrono::steady_clock::now();
  EXPECT_THAT(error_of(text + "}"), HasSubstr("unknown key 'key_0'"));
  const std::string longest = error_of("{\"" + std::string(2'600'000, 'k') + "\": 1}");
  EXPECT_THAT(longest, AllOf(HasSubstr("unknown key 'kkk"), HasSubstr("--list-knobs")));
  EXPECT_LT(longest.size(), 200u);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(10));
}

TEST(ConfigJson, ShowsOfAHostileValueOnlyItsStart) {
  for (const std::string& value : {"\"\\u001b[2J" + std::string(100'000, 'a') + "\"", "[" + std::string(100'000, '1') + "]"})
    for (const char* key : {"experts", "gate", "tied_head", "noise_std"}) {
      const std::string message = error_of("{\"" + std::string(key) + "\": " + value + "}");
      EXPECT_LT(message.size(), 350u) << message.substr(0, 400);
      EXPECT_EQ(message.find('\x1b'), std::string::npos);
    }
  EXPECT_THAT(error_of("{\"corpus\": \"" + std::string(100'000, 'a') + "\"}"), HasSubstr("at most 4096"));
}

TEST(ConfigJson, EveryCutOfAFileIsAnErrorOrACompleteObject) {
  const std::string text = to_json_text(changed());
  for (std::size_t length = 0; length + 2 < text.size(); ++length) {
    const auto config = read(text.substr(0, length));
    ASSERT_FALSE(config) << length;
  }
}

TEST(ConfigFile, NamesTheFile) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "my.json";
  const auto error = [&](const std::filesystem::path& at) {
    const auto config = read_config_file(at);
    return config ? "accepted" : config.error().message;
  };
  EXPECT_THAT(error(path), AllOf(HasSubstr(path.string()), HasSubstr("no such file")));
  EXPECT_THAT(error(folder.path()), HasSubstr("is a folder"));
  std::ofstream(path) << R"({"experts": 16})";
  const auto config = read_config_file(path);
  ASSERT_TRUE(config);
  EXPECT_EQ(config->experts, 16);
  std::ofstream(path) << R"({"experts": 0})";
  EXPECT_THAT(error(path), AllOf(HasSubstr(path.string()), HasSubstr("experts = 0"), HasSubstr("1 to 256")));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
