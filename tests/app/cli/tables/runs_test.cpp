// switchyard runs: its words, and the table as text, CSV and JSON.
#include "app/cli/tables/runs.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/cli/tables/run_table.h"
#include "app/cli/words/cli.h"
#include "core/base/json.h"
#include "core/config/json.h"
#include "core/record/folder/run_place.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::StartsWith;

Result<Options> parse_words(std::vector<std::string> arguments) {
  std::vector<const char*> argv{"switchyard", "runs"};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return parse_options(static_cast<int>(argv.size()), argv.data());
}

TEST(RunsWords, SayWhichInWhatOrderAndForm) {
  const auto options =
      parse_words({"some/dir", "--filter", "top_k=2", "--sort", "-val_loss", "--group", "--diff", "--csv"});
  ASSERT_TRUE(options) << options.error().message;
  EXPECT_EQ(options->mode, Mode::runs);
  EXPECT_EQ(options->runs.directory, "some/dir");
  EXPECT_EQ(options->runs.filter, "top_k=2");
  EXPECT_EQ(options->runs.sort, "-val_loss");
  EXPECT_TRUE(options->runs.group && options->runs.diff);
  EXPECT_EQ(options->runs.format, TableFormat::csv);
  const auto none = parse_words({});
  ASSERT_TRUE(none) << none.error().message;
  EXPECT_EQ(none->runs.directory, default_runs_directory().native());
  EXPECT_EQ(none->runs.format, TableFormat::text);
  EXPECT_EQ(parse_words({"x", "--json"})->runs.format, TableFormat::json);
  EXPECT_EQ(parse_words({"x", "--sort=-val_loss", "--filter", "-top_k < 0"})->runs.filter, "-top_k < 0");
  EXPECT_THAT(parse_words({"x", "--json", "--csv"}).error().message, HasSubstr("--csv"));
  EXPECT_THAT(parse_words({""}).error().message, HasSubstr("the name of a folder"));
  EXPECT_THAT(parse_words({"x", "--sort", ""}).error().message, HasSubstr("--sort"));
  EXPECT_FALSE(parse_words({"x", "y"}));
}

// Three seeds of one setup, one run of another, one that was never validated.
class Runs : public testing::Test {
 protected:
  void SetUp() override {
    for (int seed = 1; seed <= 3; ++seed)
      write_run(fmt::format("a{}", seed), 2, seed, fmt::format("{}", seed * 1.5));
    write_run("b", 1, 1, "0.1234567");
    write_run("c, \"x\"", 1, 1, "");
  }
  void write_run(const std::string& name, int top_k, int seed, const std::string& val_loss) const {
    Config config;
    config.top_k = top_k, config.seed = seed;
    folder_.write(name + "/config.json",
                  dump_json(Json{{"run", name}, {"config", to_json(config)}, {"corpus", "stories"}}));
    folder_.write(name + "/metrics.csv", "step,loss,val_loss\n10,1," + val_loss + "\n");
  }
  RunsReport report(RunsRequest request) const {
    request.directory = folder_.path().native();
    const auto made = report_runs(request);
    EXPECT_TRUE(made) << made.error().message;
    return made ? *made : RunsReport{};
  }
  static std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t from = 0; from < text.size();) {
      const std::size_t end = text.find('\n', from);
      out.push_back(text.substr(from, end - from));
      from = end + 1;
    }
    return out;
  }
  test::TemporaryFolder folder_;
};

TEST_F(Runs, TextShowsAFewColumnsAndTheKnobsThatDiffer) {
  EXPECT_EQ(report({.sort = "val_loss"}).table,
            "folder  state  steps  val_loss  best_val_loss  val_accuracy  data     top_k  seed\n"
            "b       ended     10   0.12346        0.12346             -  stories      1     1\n"
            "a1      ended     10       1.5            1.5             -  stories      2     1\n"
            "a2      ended     10         3              3             -  stories      2     2\n"
            "a3      ended     10       4.5            4.5             -  stories      2     3\n"
            "c, \"x\"  ended     10         -              -             -  stories      1     1\n");
  const auto filtered = report({.filter = "top_k=2", .sort = "-experts", .diff = false});
  EXPECT_THAT(lines(filtered.table), SizeIs(4));
  EXPECT_THAT(lines(filtered.table)[0], AllOf(testing::Not(HasSubstr("top_k")), HasSubstr("experts")))
      << "the same in all of them; what they are sorted by";
  EXPECT_THAT(filtered.notes, ElementsAre(StartsWith("3 of 5 runs of ")));
  EXPECT_EQ(report({.filter = "top_k=2", .sort = "-val_loss", .diff = true}).table,
            "folder  id  val_loss  best_val_loss  seed\n"
            "a3      a3       4.5            4.5     3\n"
            "a2      a2         3              3     2\n"
            "a1      a1       1.5            1.5     1\n")
      << "changed may differ where the clock turned a second";
}

// Where one was called something, there is a column of it.
TEST_F(Runs, TextShowsWhatRunsAreCalled) {
  folder_.write("a2/about.json", R"({"name": "Top-k: 2 to 1\u001b", "preset": "Switch"})");
  const auto rows = lines(report({.filter = "top_k=2", .sort = "folder"}).table);
  ASSERT_THAT(rows, SizeIs(4));
  EXPECT_THAT(rows[0], StartsWith("folder  name               state"));
  EXPECT_THAT(rows[1], StartsWith("a1      -                  ended"));
  EXPECT_THAT(rows[2], StartsWith("a2      Top-k: 2 to 1\\x1b  ended"));
  EXPECT_THAT(lines(report({.filter = "name like 'Top-k%'"}).table), SizeIs(2));
}

TEST_F(Runs, CsvAndJsonHoldAllOfThem) {
  const auto csv = lines(report({.filter = "top_k=1", .sort = "val_loss", .format = TableFormat::csv}).table);
  ASSERT_THAT(csv, SizeIs(3));
  EXPECT_THAT(csv[0],
              StartsWith("folder,name,id,parent,parent_step,state,steps,val_loss,best_val_loss,best_step,"));
  for (const Knob& knob : knobs()) EXPECT_THAT(csv[0] + ",", HasSubstr(fmt::format(",{},", knob.key)));
  EXPECT_THAT(csv[1], StartsWith("b,,b,,,ended,10,0.1234567,0.1234567,10,,1,,,0,,"));
  EXPECT_THAT(csv[2], StartsWith("\"c, \"\"x\"\"\",,\"c, \"\"x\"\"\",,,ended,10,,,,,1,,,0,,"));

  const auto json = parse_json(report({.sort = "-val_loss", .format = TableFormat::json}).table, "runs");
  ASSERT_TRUE(json) << json.error().message;
  ASSERT_EQ(json->size(), 5u);
  EXPECT_EQ((*json)[0]["folder"], Json("a3"));
  EXPECT_EQ((*json)[0]["val_loss"], Json(4.5));
  EXPECT_EQ((*json)[0]["seed"], Json(3));
  EXPECT_EQ((*json)[0]["tied_head"], Json(Config{}.tied_head));
  EXPECT_EQ((*json)[0]["gate"], Json(to_text(find_knob("gate")->get(Config{}))));
  EXPECT_TRUE((*json)[4].contains("val_loss"));
  EXPECT_TRUE((*json)[4]["val_loss"].is_null());
  const auto few = parse_json(report({.filter = "top_k=2", .diff = true, .format = TableFormat::json}).table, "");
  EXPECT_FALSE((*few)[0].contains("top_k"));
  EXPECT_TRUE((*few)[0].contains("seed"));
}

TEST_F(Runs, ThoseThatDifferByTheirSeedsAreOne) {
  EXPECT_EQ(report({.filter = "top_k=2", .group = true}).table,
            "runs  seeds  measured  val_loss_mean  val_loss_std  val_loss_min  val_loss_max  steps  data\n"
            "   3      3         3              3           1.5           1.5           4.5     10  stories\n");
  const auto both = lines(report({.sort = "-val_loss_mean", .group = true, .format = TableFormat::csv}).table);
  ASSERT_THAT(both, SizeIs(3));
  EXPECT_THAT(both[0], StartsWith("runs,seeds,measured,val_loss_mean,val_loss_std,val_loss_min,val_loss_max,"));
  EXPECT_THAT(both[1], StartsWith("3,3,3,3,1.5,1.5,4.5,"));
  EXPECT_THAT(both[2], StartsWith("2,1,1,0.1234567,,0.1234567,0.1234567,"));
}

TEST_F(Runs, RefusesWithTheArgumentAndWhatIsAllowed) {
  const auto refusal = [&](RunsRequest request) {
    if (request.directory.empty()) request.directory = folder_.path().native();
    const auto made = report_runs(request);
    if (made) return std::string("accepted");
    EXPECT_EQ(made.error().kind, ErrorKind::usage);
    return made.error().message;
  };
  EXPECT_THAT(refusal({.filter = "topk=2"}), AllOf(StartsWith("--filter: "), HasSubstr("top_k")));
  EXPECT_THAT(refusal({.sort = "los"}), AllOf(StartsWith("--sort: "), HasSubstr("loss")));
  EXPECT_THAT(refusal({.sort = "val_loss", .group = true}), HasSubstr("val_loss_mean"));
  EXPECT_THAT(refusal({.directory = "/nowhere/at/all"}), HasSubstr("/nowhere/at/all"));
}

TEST_F(Runs, NothingIsATableToo) {
  EXPECT_EQ(report({.filter = "0"}).table, "");
  EXPECT_EQ(report({.filter = "0", .format = TableFormat::json}).table, "[]\n");
  EXPECT_THAT(lines(report({.filter = "0", .format = TableFormat::csv}).table), SizeIs(1));
  test::TemporaryFolder nothing;
  RunsRequest request;
  request.directory = nothing.path().native();
  const auto made = report_runs(request);
  ASSERT_TRUE(made);
  EXPECT_EQ(made->table, "");
  EXPECT_THAT(made->notes, ElementsAre(HasSubstr("holds no run")));
}

TEST_F(Runs, WhatIsDamagedIsALineAndManyAreFew) {
  for (int i = 0; i < 30; ++i) folder_.write(fmt::format("bad\x1b[2J{}/config.json", i), "{");
  const RunsReport made = report({});
  EXPECT_THAT(lines(made.table), SizeIs(6));
  ASSERT_THAT(made.notes, SizeIs(21));
  EXPECT_THAT(made.notes, testing::Each(testing::Not(HasSubstr("\x1b"))));
  EXPECT_THAT(made.notes.back(), StartsWith("10 further folders"));
}

TEST(RunTableText, IsForEyes) {
  const RunTable table{
      {{"folder", KnobType::text}, {"loss", KnobType::real}, {"steps", KnobType::integer}},
      {{std::string("caf\xe9\n"), 1.0 / 3, std::int64_t{1'000'000}}, {std::string("Ünï"), {}, {}}}};
  EXPECT_EQ(table_text(table, {0, 1}, every_column(table)),
            "folder        loss    steps\n"
            "caf\\xe9\\n  0.33333  1000000\n"
            "Ünï              -        -\n");
  EXPECT_EQ(table_csv(table, {1}, every_column(table)), "folder,loss,steps\nÜnï,,\n");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
