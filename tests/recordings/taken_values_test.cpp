// Values taken out of a text of JSON are those that a parser finds, and what is left is JSON exactly where the
// text is.
#include "core/recordings/forms/parts/taken_values.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>

#include "core/base/json.h"
#include "core/recordings/forms/parts/base64.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::ElementsAre;

constexpr std::array<std::string_view, 2> kKeys{"routes", "before"};

std::string text_of(const std::optional<std::vector<std::byte>>& bytes) {
  return bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "nothing";
}

TEST(Base64, IsReadWithItsPaddingOrNotAtAll) {
  EXPECT_EQ(text_of(bytes_of_base64("")), "");
  EXPECT_EQ(text_of(bytes_of_base64("Zg==")), "f");
  EXPECT_EQ(text_of(bytes_of_base64("Zm8=")), "fo");
  EXPECT_EQ(text_of(bytes_of_base64("Zm9v")), "foo");
  EXPECT_EQ(text_of(bytes_of_base64("Zm9v\r\nYmFy\n")), "foobar");
  const auto made = bytes_of_base64("+/+/");
  ASSERT_TRUE(made);
  EXPECT_THAT(*made, ElementsAre(std::byte{0xfb}, std::byte{0xff}, std::byte{0xbf}));
  for (const char* bad :
       {"Zg", "Zg=", "Zm8", "Z", "Zg===", "Z===", "====", "Zm=v", "=Zm9", "Zm9v!", "Zm9-", "Zm_v", "Zm9v\\n", "Zh==", "Zm9="})
    EXPECT_FALSE(bytes_of_base64(bad)) << bad;
  EXPECT_FALSE(bytes_of_plain_base64("Zm9v\nYmFy"));
}

TEST(TakenValues, AreTextsOfBase64AndBlocksOfNumbers) {
  const auto taken = take_values_out(
      R"({"id":"routes", "before" : [[[1,2]],[[3,-1]]],"x":[{"routes":"Zm9v"},{"routes": "Zg==" }],"routes":null})",
      kKeys);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->rest, R"({"id":"routes", "before" : 0 ,"x":[{"routes":1 },{"routes": 2  }],"routes":null})");
  ASSERT_EQ(taken->values.size(), 3U);
  EXPECT_THAT(taken->values[0].block.numbers, ElementsAre(1, 2, 3, -1));
  EXPECT_EQ(text_of(taken->values[1].bytes), "foo");
  EXPECT_EQ(text_of(taken->values[2].bytes), "f");
  EXPECT_TRUE(parse_json(taken->rest, "rest"));
}

TEST(TakenValues, WhatIsNotPlainStays) {
  for (const char* text :
       {R"({"a":"\"routes\":\"Zm9v\""})", R"({"routes":"no base64"})", R"({"routes":"Zm9v\u0041AAA"})",
        R"({"routes":[[1]]})", R"({"routes":{}})", R"(["routes","Zm9v"])", R"({"a":1})", R"({"routes")",
        R"({"routes":)", R"({"routes":"Zm9v)", ""}) {
    const auto taken = take_values_out(text, kKeys);
    ASSERT_TRUE(taken) << text;
    EXPECT_EQ(taken->rest, text);
    EXPECT_TRUE(taken->values.empty()) << text;
  }
  // A number of its own would look like a place.
  EXPECT_FALSE(take_values_out(R"({"routes":0,"before":"Zm9v"})", kKeys));
  EXPECT_FALSE(take_values_out(R"({"routes":"Zm9v","before":-1})", kKeys));
  // A key that is one of them, in letters that do not look so; among values such letters are no matter.
  EXPECT_FALSE(take_values_out(R"({"rout\u0065s":0,"before":"Zm9v"})", kKeys));
  EXPECT_TRUE(take_values_out(R"({"text":"\u0065\u00e9","before":"Zm9v"})", kKeys));
}

// What is no JSON is none without its values.
TEST(TakenValues, NothingIsMendedByTakingThemOut) {
  for (const char* text :
       {R"({"a":"x,"routes":"Zm9v"})", R"({"routes":"Zm9v""b":1})", R"({"routes":"Zm9v" "Zm9v"})",
        R"({"routes":[[[1]]]2})", R"({"routes":"Zm9v","routes":"Zm9v"})", R"({,"routes":"Zm9v"})",
        R"({"routes":"Zm9v"}})", R"({"routes":"Zm9v"5})"}) {
    ASSERT_FALSE(parse_json(text, "text")) << text;
    const auto taken = take_values_out(text, kKeys);
    ASSERT_TRUE(taken);
    EXPECT_FALSE(parse_json(taken->rest, "rest")) << taken->rest;
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
