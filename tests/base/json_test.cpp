#include "core/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cmath>
#include <limits>

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto json = parse_json(text, "my.json");
  if (json) return "accepted";
  EXPECT_EQ(json.error().kind, ErrorKind::usage);
  EXPECT_THAT(json.error().message, testing::StartsWith("my.json"));
  EXPECT_LT(json.error().message.size(), 200u);
  return json.error().message;
}

Json parsed(const std::string& text) {
  auto json = parse_json(text, "my.json");
  EXPECT_TRUE(json) << json.error().message;
  return json ? std::move(*json) : Json();
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

std::string nested(const std::string& open, const std::string& close, std::size_t depth) {
  return repeated(open, depth) + "1" + repeated(close, depth);
}

TEST(Json, ReadsEveryKindOfValue) {
  const Json json = parsed(R"( {"b": true, "n": null, "i": -3, "r": 2.5, "t": "a\u00e9\n", "l": [1, [], {}], "o": {"x": 1}} )");
  EXPECT_EQ(*json["b"].boolean(), true);
  EXPECT_TRUE(json["n"].is_null() && json.contains("n"));
  EXPECT_EQ(*json["i"].integer(), -3);
  EXPECT_EQ(*json["r"].number(), 2.5);
  EXPECT_EQ(json["r"].integer(), nullptr);
  EXPECT_EQ(*json["t"].text(), "a\xc3\xa9\n");
  EXPECT_EQ(json["l"].size(), 3u);
  EXPECT_EQ(json["l"][0], 1);
  EXPECT_EQ(json["o"]["x"], 1);
  EXPECT_TRUE(json["none"]["of"][7].is_null());
  EXPECT_FALSE(json.contains("none"));
  EXPECT_EQ(json.members()->at(2).key, "i") << "in the order of the text";
  EXPECT_EQ(*parsed("18446744073709551615").number(), 18446744073709551615.0);
  EXPECT_EQ(*parsed("9223372036854775807").integer(), std::numeric_limits<std::int64_t>::max());
}

// Of whatever a file holds anything can be asked, a value that may be changed included.
TEST(Json, WhatIsAskedOfAnyValueIsThereOrNull) {
  for (const char* text : {"null", "true", "3", "0.5", "\"a\"", "[1]", "{}"}) {
    auto json = parse_json(text, "here");
    ASSERT_TRUE(json);
    const Json before = *json;
    EXPECT_TRUE((*json)["run"]["step"].is_null()) << text;
    EXPECT_TRUE((*json)[std::size_t{7}].is_null());
    EXPECT_FALSE(json->contains("run"));
    EXPECT_EQ(*json, before) << text;
    json->member("run") = 1;
    EXPECT_EQ((*json)["run"], Json(1)) << text;
  }
}

TEST(Json, WritesWhatItReads) {
  const std::string text = R"({"b":true,"n":null,"i":-3,"r":2.5,"whole":1.0,"t":"a\"\\\n\u001b","l":[1,[],{}],"o":{"x":0.1}})";
  EXPECT_EQ(dump_json(parsed(text)), text);
  EXPECT_EQ(parsed(dump_json(parsed(text), 2)), parsed(text));
  Json built;
  built.member("b") = true;
  built.member("o") = {{"x", 1}, {"y", std::vector<double>{0.5, 2}}};
  built.member("l").push_back("z");
  EXPECT_EQ(dump_json(built), R"({"b":true,"o":{"x":1,"y":[0.5,2.0]},"l":["z"]})");
  built.member("b") = nullptr;
  EXPECT_TRUE(built["b"].is_null());
}

// Whatever is written reads back.
TEST(Json, WritesNothingThatAStrictReaderRefuses) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(dump_json(std::vector<double>{NAN, infinity, -infinity, 1e308, -0.0}), "[null,null,null,1e+308,-0.0]");
  EXPECT_EQ(json_number(std::numeric_limits<float>::quiet_NaN()), "null");
  EXPECT_EQ(json_number(-infinity), "null");
  for (const double number : {1.0, 0.1, -1e-300, 1e300, 5e-324, 123456789012345680.0}) {
    EXPECT_EQ(*parsed(json_number(number)).number(), number);
    EXPECT_EQ(*parsed(dump_json(number)).number(), number);
  }
  for (const float number : {0.1f, 1e-45f, 3.4e38f})
    EXPECT_EQ(static_cast<float>(*parsed(json_number(number)).number()), number);
  const std::string bytes{"\xff\xc3(\0\x1b", 5};
  EXPECT_EQ(*parsed(dump_json(bytes)).text(), std::string("\xef\xbf\xbd\xef\xbf\xbd(\0\x1b", 9));
  EXPECT_EQ(dump_json("\xc3\xa9\xf0\x9f\x99\x82", -1, true), R"("\u00e9\ud83d\ude42")");
}

TEST(Json, SaysWhereItIsWrong) {
  EXPECT_THAT(error_of("{\"experts\": 8,\n \"noise_std\": NaN}"),
              AllOf(HasSubstr("line 2, column 15"), HasSubstr("NaN is not a finite number"), HasSubstr("'noise_std'")));
  EXPECT_THAT(error_of("{\"noise_std\": Infinity}"), HasSubstr("Infinity is not a finite number at key 'noise_std'"));
  EXPECT_THAT(error_of("{\"noise_std\": -Infinity}"), HasSubstr("-Infinity is not a finite number"));
  EXPECT_THAT(error_of("{\"noise_std\": nan}"), HasSubstr("nan is not a finite number"));
  EXPECT_THAT(error_of("{\"noise_std\": 1e999}"), AllOf(HasSubstr("line 1"), HasSubstr("too large at key 'noise_std'")));
  EXPECT_THAT(error_of("{\"experts\": 8,\n \"top_"), AllOf(HasSubstr("line 2, column"), HasSubstr("ends too early")));
  EXPECT_THAT(error_of("{\"experts\": 8"), HasSubstr("ends too early"));
  EXPECT_THAT(error_of("{\"experts\": 8,}"), HasSubstr("line 1, column 15: not valid JSON"));
  EXPECT_THAT(error_of("{\"a\": 1, \"a\": 2}"), HasSubstr("'a' appears twice"));
  EXPECT_THAT(error_of("[{\"a\": 1, \"b\": 3, \"a\": 2}]"), HasSubstr("'a' appears twice"));
  EXPECT_THAT(error_of(""), HasSubstr("empty"));
  EXPECT_THAT(error_of(" \n"), HasSubstr("empty"));
}

TEST(Json, KnowsNoExtension) {
  for (const char* text :
       {"{\"a\": 8 // eight\n}", "/* */ 1", "'a'", "{a: 1}", "[1,]", "01", "+1", ".5", "1.", "0x10", "1 2", "{} x", "[1] [2]",
        "\"\\ud800\"", "\"\\x41\"", "\"a\nb\"", "\"\xff\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "tru", "TRUE", "{\"a\"}", "{1: 2}"})
    EXPECT_THAT(error_of(text), HasSubstr("line")) << text;
  EXPECT_THAT(error_of(std::string("{\"a\": 8}\0", 9)), HasSubstr("byte 8 is zero"));
  EXPECT_THAT(error_of(std::string("{\"a\0\": 8}", 9)), HasSubstr("byte 3 is zero"));
}

TEST(Json, NestsAsDeepAsItsLimitAndNoDeeper) {
  for (const auto& [open, close] : {std::pair{"[", "]"}, std::pair{"{\"a\":", "}"}, std::pair{"[{\"config\":", "}]"}}) {
    const std::size_t a_time = std::string(open).starts_with("[{") ? 2 : 1;
    EXPECT_TRUE(parse_json(nested(open, close, kMaxJsonDepth / a_time), "my.json"));
    for (const std::size_t depth : {kMaxJsonDepth / a_time + 1, std::size_t{10'000}, std::size_t{100'000}}) {
      EXPECT_THAT(error_of(nested(open, close, depth)), HasSubstr("nested more than 64 deep"));
      EXPECT_THAT(error_of(repeated(open, depth)), HasSubstr("nested more than 64 deep"));
    }
  }
  EXPECT_THAT(error_of("\n\n  " + std::string(70, '[')), HasSubstr("line 3, column 67"));
}

TEST(Json, KeepsItsLimitsOfSizeAndCount) {
  EXPECT_THAT(error_of("\"" + std::string(kMaxJsonBytes, 'a') + "\""), HasSubstr("larger than 16 MB"));
  EXPECT_THAT(error_of("[" + repeated("0,", kMaxJsonValues) + "0]"), HasSubstr("more than 1000000 values"));
}

// Of keys that all begin alike, that differ, that are one: none is slow.
TEST(Json, IsReadInTimeThatGrowsWithTheText) {
  const auto began = std::chrono::steady_clock::now();
  std::string many = "{", alike = "{";
  for (int i = 0; i < 100'000; ++i) many += (i ? ",\"key_" : "\"key_") + std::to_string(i) + "\":1";
  for (int i = 0; i < 200; ++i) alike += (i ? ",\"" : "\"") + std::string(50'000, 'k') + std::to_string(i) + "\":1";
  EXPECT_EQ(parsed(many + "}").size(), 100'000u);
  EXPECT_EQ(parsed(alike + "}").size(), 200u);
  EXPECT_THAT(error_of("{\"" + std::string(1'000'000, 'k') + "\":x}"), EndsWith("...'"));
  // 0.15 s on a slow processor; an hour of them where it grows with the square.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(20));
}

TEST(Json, ShowsTheStartOfAValueWithoutWhatATerminalObeys) {
  EXPECT_EQ(excerpt("a\x1b[2J\x7f\xc2\x9b"), R"("a\u001b[2J\u007f\u009b")");
  EXPECT_EQ(excerpt(8.5), "8.5");
  EXPECT_LE(excerpt(std::string(1'000'000, 'a')).size(), 60u);
  EXPECT_THAT(excerpt(std::string(1'000'000, 'a')), EndsWith("...\""));
  EXPECT_EQ(excerpt(std::vector<int>(100'000, 1)), "array of 100000");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
