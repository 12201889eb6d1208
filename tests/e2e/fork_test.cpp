// A run that begins from a moment of another: a child. What it learns is what its parent would have learned, to the bit, until
// a setting differs; and the parent stays as it is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/base/json.h"
#include "tests/e2e/run_files.h"

namespace switchyard::test {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::HasSubstr;

std::vector<std::vector<std::string>> from_row(std::vector<std::vector<std::string>> rows, std::size_t first) {
  rows.erase(rows.begin(), rows.begin() + static_cast<std::ptrdiff_t>(std::min(first, rows.size())));
  return rows;
}

std::map<std::string, std::string> files_of(const fs::path& run) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(run))
    if (entry.is_regular_file()) files[entry.path().native()] = read_text(entry.path());
  return files;
}

TEST(Fork, AChildIsWhatItsParentWouldHaveBeenAndTheParentStays) {
  const ScratchFolder folder;
  const fs::path parent = folder / "parent", child = folder / "child", again = folder / "again", changed = folder / "changed";
  const std::vector<std::string> settings{"noise_std=0.5", "expert_dropout=0.1", "accumulation=2"};
  // In two goes, for a run is kept at its end and else where a write is not under way.
  ASSERT_EQ(run_program(run_of(settings, {"--steps", "5", "--out", parent.string()})).code, 0);
  ASSERT_EQ(run_program({"--headless", "--resume", parent.string(), "--steps", "7"}).code, 0);
  const auto before = files_of(parent);
  const Outcome forked = run_program({"--headless", "--fork", parent.string() + "@5", "--steps", "7", "--out", child.string()});
  ASSERT_EQ(forked.code, 0) << forked.err;
  EXPECT_THAT(forked.err, HasSubstr("a new run from step 5 of "));
  EXPECT_EQ(files_of(parent), before);
  // The header and five rows are the parent's alone.
  EXPECT_EQ(from_row(metrics_of(child), 1), from_row(metrics_of(parent), 6));
  EXPECT_EQ(weights_of(child), weights_of(parent));
  const auto description = read_json_file(child / "config.json"), of_parent = read_json_file(parent / "config.json");
  ASSERT_TRUE(description && of_parent);
  EXPECT_EQ((*description)["parent"], Json({{"run", *(*of_parent)["run"].text()}, {"step", 5}}));
  EXPECT_NE((*description)["run"], (*of_parent)["run"]);

  const Outcome listed = run_program({"checkpoints", parent.string(), "--json"});
  ASSERT_EQ(listed.code, 0) << listed.err;
  const auto list = parse_json(listed.out, "checkpoints");
  ASSERT_TRUE(list);
  std::set<std::int64_t> kept;
  for (std::size_t i = 0; i < list->size(); ++i) kept.insert(*(*list)[i]["step"].integer());
  EXPECT_TRUE(kept.contains(5) && kept.contains(12)) << listed.out;
  EXPECT_THAT(run_program({"checkpoints", parent.string()}).out, HasSubstr("at the end"));
  EXPECT_EQ(run_program({"checkpoints", folder.path().string()}).code, 2);

  // It can be gone on with like any other, and from its very beginning.
  EXPECT_EQ(CheckpointStore(child).find("5")->label.why, "at its beginning");
  const Outcome more = run_program({"--headless", "--fork", child.string() + "@5", "--steps", "7", "--out", again.string()});
  ASSERT_EQ(more.code, 0) << more.err;
  EXPECT_EQ(weights_of(again), weights_of(parent));
  const Outcome resumed = run_program({"--headless", "--resume", child.string(), "--steps", "2"});
  ASSERT_EQ(resumed.code, 0) << resumed.err;
  EXPECT_EQ(rows_on_disk(child), 9);

  // Another k from there on is an edit of its first step.
  const Outcome other =
      run_program({"--headless", "--fork", parent.string() + "@5", "--set", "top_k=1", "--steps", "3", "--out", changed.string()});
  ASSERT_EQ(other.code, 0) << other.err;
  EXPECT_THAT(read_text(changed / "events.jsonl"), AllOf(HasSubstr(R"("step":6)"), HasSubstr("top_k")));
  EXPECT_NE(metrics_of(changed)[1], metrics_of(parent)[6]);
}

TEST(Fork, WhatCannotBeForkedIsAMessage) {
  const ScratchFolder folder;
  const fs::path parent = folder / "parent";
  ASSERT_EQ(run_program(run_of({}, {"--steps", "3", "--out", parent.string()})).code, 0);
  const auto refused = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "--headless");
    const Outcome outcome = run_program(words);
    EXPECT_EQ(outcome.code, 2);
    return outcome.err;
  };
  EXPECT_THAT(refused({"--fork", parent.string() + "@99"}), AllOf(HasSubstr("--fork"), HasSubstr("99")));
  EXPECT_THAT(refused({"--fork", parent.string(), "--set", "d_ff=64"}), AllOf(HasSubstr("d_ff"), HasSubstr("new model")));
  EXPECT_THAT(refused({"--fork", parent.string(), "--set", "top_k=99"}), HasSubstr("top_k"));
  EXPECT_THAT(refused({"--fork", parent.string(), "--preset", "switch"}), HasSubstr("--set"));
  EXPECT_THAT(refused({"--fork", parent.string(), "--out", parent.string()}), HasSubstr("not empty"));
  EXPECT_THAT(refused({"--fork", ""}), HasSubstr("--fork"));
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::test
