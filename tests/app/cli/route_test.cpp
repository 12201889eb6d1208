#include "app/cli/route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "core/base/json.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

Json strictly(const std::string& text) {
  auto json = parse_json(text, "text");
  EXPECT_TRUE(json) << json.error().message;
  return json ? *json : Json();
}

float float_in(const Json& json) { return static_cast<float>(json.number().value_or(-1)); }

// Two positions, three characters, one layer of three experts and one without logits.
RouteReport small_report() {
  RouteReport report{{}, "bf16", Vocabulary::from_text(U"a\"\n", U"a\"\n"), {}};
  RouteTrace& trace = report.trace;
  trace.tokens = {"a", "\n"};
  trace.vocabulary = 3;
  trace.logits = {0.1f, -2.0f, 1e-8f, 3.0f, 4.0f, NAN};
  RouteTrace::Layer first;
  first.block = 1, first.experts = 3, first.top_k = 2, first.width = 2;
  first.expert = {2, 0, 1, 2};
  first.weight = {0.75f, 0.25f, 0.5f, 0.5f};
  first.kept = {1, 1, 1, 0};
  first.router_logits = {1, 2, 3, 4, 5, 6};
  first.router_input = {0.5f, 0.25f, -1, 1};
  RouteTrace::Layer second = first;
  second.block = 3;
  second.router_logits.clear(), second.router_input.clear();
  trace.layers = {first, second};
  return report;
}

TEST(Route, JsonHoldsEveryNumberExactly) {
  const Json json = strictly(route_json(small_report()));
  EXPECT_EQ(json["vocabulary"], Json(std::vector<std::string>{"\n", "\"", "a"}));
  EXPECT_EQ(json["tokens"], Json(std::vector<std::string>{"a", "\n"}));
  ASSERT_EQ(json["logits"].size(), 2u);
  EXPECT_EQ(float_in(json["logits"][0][0]), 0.1f);
  EXPECT_EQ(float_in(json["logits"][0][2]), 1e-8f);
  EXPECT_TRUE(json["logits"][1][2].is_null());
  ASSERT_EQ(json["layers"].size(), 2u);
  const Json& layer = json["layers"][0];
  EXPECT_EQ(layer["layer"], 1);
  EXPECT_EQ(layer["experts"], strictly("[[2,0],[1,2]]"));
  EXPECT_EQ(layer["weights"], strictly("[[0.75,0.25],[0.5,0.5]]"));
  EXPECT_EQ(layer["kept"], strictly("[[true,true],[true,false]]"));
  EXPECT_EQ(layer["router_logits"], strictly("[[1,2,3],[4,5,6]]"));
  EXPECT_EQ(layer["router_inputs"], strictly("[[0.5,0.25],[-1,1]]"));
  EXPECT_TRUE(json["layers"][1]["router_logits"].is_null());
  EXPECT_FALSE(json["layers"][1].contains("router_inputs"));
  EXPECT_EQ(json["config"]["experts"], Config{}.experts);
  EXPECT_EQ(json["precision"], "bf16");
  EXPECT_EQ(json["config"]["precision"], "fp32") << "of the run, not of what is printed";
}

TEST(Route, TableShowsChoicesAndDrops) {
  EXPECT_EQ(route_table(small_report()),
            "  at  text  layer 1              layer 3\n"
            "   0  a      E02 0.75  E00 0.25   E02 0.75  E00 0.25\n"
            "   1  \\n     E01 0.50 (E02 0.50)  E01 0.50 (E02 0.50)\n"
            "\ncomputed in bf16\n");
}

// A character's columns in a terminal are glibc's.
TEST(Route, TableKeepsItsColumnsWhateverStandsInThem) {
  RouteReport report = small_report();
  RouteTrace& trace = report.trace;
  trace.tokens = {"\x1b", "\r", "書", "\u0301", "\u202e", "é", "<unk>", "\u009b"};
  trace.layers.resize(1);
  RouteTrace::Layer& layer = trace.layers[0];
  layer.experts = 1001, layer.top_k = 2;
  layer.expert = {0, 1000, 99, 100, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18};
  layer.weight.assign(16, 0.5f);
  layer.weight[0] = 12.25f;  // route_scale
  layer.kept.assign(16, 1);
  layer.kept[3] = 0;
  EXPECT_EQ(route_table(report),
            "  at  text   layer 1\n"
            "   0  \\x1b    E0000 12.25  E1000 0.50\n"
            "   1  \\r      E0099 0.50  (E0100 0.50)\n"
            "   2  書      E0007 0.50   E0008 0.50\n"
            "   3  \\u0301  E0009 0.50   E0010 0.50\n"
            "   4  \\u202e  E0011 0.50   E0012 0.50\n"
            "   5  é       E0013 0.50   E0014 0.50\n"
            "   6  <unk>   E0015 0.50   E0016 0.50\n"
            "   7  \\x9b    E0017 0.50   E0018 0.50\n\ncomputed in bf16\n");
}

TEST(Route, TellsOfTheCorpusItsNameAlone) {
  RouteReport report = small_report();
  report.config.corpus = "/home/somebody/book.txt";
  EXPECT_EQ(strictly(route_json(report))["config"]["corpus"], "book.txt");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
