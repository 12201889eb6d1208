// load.py beside the weights of many small models: plain PyTorch chooses and drops the same experts as the
// program, and its logits, weights and router inputs are off by 1e-4 at most; compare.py says how far off each is.
// A tree with a sanitizer runs few of them.
#include "core/record/script/load_script.h"

#include <gtest/gtest.h>
#include <stdio.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include "app/cli/route.h"
#include "core/base/json.h"
#include "core/base/random.h"
#include "core/config/expert_names.h"
#include "core/config/gates.h"
#include "core/config/json.h"
#include "core/config/knobs.h"
#include "core/model/base/to_vector.h"
#include "core/model/layers/classifier.h"
#include "core/record/folder/run_folder.h"
#include "core/record/reading/stored_run.h"
#include "core/session/driving/driver.h"
#include "core/train/looks/layer_choices.h"
#include "core/train/trainer_impl.h"
#include "core/train/weights.h"
#include "tests/load/rows.h"
#include "tests/support/temporary_folder.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kFew = true;
#else
constexpr bool kFew = false;
#endif

constexpr int kStepsEach = 3;

// Characters that would end a string of Python, JSON or a terminal's patience.
const std::string kHostile = "\"\"\"'''\\ \t{}#<script>=1+1\x1b[31m\u202e\u00e9\u4e16\U0001F600%s\r\n";

std::string hostile_text() {
  std::string text;
  for (int i = 0; i < 60; ++i) text += "Once upon a time, fox " + std::to_string(i) + " said: " + kHostile;
  return text;
}

std::string own_points() {
  std::string rows = "width;\"hei\"\"ght\";kind\n";
  for (int i = 0; i < 60; ++i)
    rows += std::to_string(1000 + 7 * i % 41) + ";" + std::to_string(i * i % 37) + ".5;" +
            (i % 3 == 0   ? "oak"
             : i % 3 == 1 ? "\"\x1b[31m'''\""
                          : "elm") +
            "\n";
  return rows;
}

// As `switchyard route --run DIR --text TEXT --json --full` has it.
Result<app::RouteReport> route_of_text(const StoredRun& run, const std::string& text) {
  Config config = run.config();
  config.precision = Precision::fp32;
  auto trainer = TrainerImpl::create_for_weights(config, run.vocabulary());
  if (!trainer) return trainer.error();
  if (auto loaded = (*trainer)->load_weights(*run.weights()); !loaded) return loaded.error();
  auto trace = (*trainer)->route(text, true);
  if (!trace) return trace.error();
  return app::RouteReport{run.config(), "fp32", *Vocabulary::from_tokens(run.vocabulary()), std::move(*trace)};
}

// The same of points [T, dims] as the model gets them, which `route` does not take. How many dimensions and
// classes a file of them has, it says itself.
app::RouteReport route_of_points(const StoredRun& run, const std::vector<float>& points, std::int64_t dims) {
  at::NoGradGuard no_grad;
  Config config = run.config();
  config.precision = Precision::fp32;
  config.cluster_dims = dims;
  config.cluster_classes = static_cast<std::int64_t>(run.vocabulary().size());
  Classifier model(config, Initializer{});
  EXPECT_TRUE(import_weights(model, *run.weights()));
  const ForwardPass pass = model.forward(torch::tensor(points).view({-1, dims}), pass_context(config, false, {}));
  app::RouteReport report{run.config(), "fp32", {}, {}};
  report.trace.tokens.resize(points.size() / static_cast<std::size_t>(dims));
  report.trace.vocabulary = static_cast<std::int32_t>(run.vocabulary().size());
  report.trace.logits = to_vector<float>(pass.logits);
  for (const MoeTrace& seen : pass.trace) {
    RouteTrace::Layer layer;
    static_cast<LayerChoices&>(layer) = layer_choices(seen, choices_of(seen));
    layer.width = static_cast<std::int32_t>(seen.router_input.size(-1));
    if (seen.routing.logits.defined()) layer.router_logits = to_vector<float>(seen.routing.logits);
    layer.router_input = to_vector<float>(seen.router_input);
    report.trace.layers.push_back(std::move(layer));
  }
  return report;
}

class LoadScript : public testing::Test {
 protected:
  LoadScript() {
    folder_.write("a \"text\".txt", hostile_text());
    folder_.write("'''points'''.csv", own_points());
  }
  std::vector<test::LoadRow> rows(bool few) const {
    return test::load_rows((folder_.path() / "a \"text\".txt").native(),
                           (folder_.path() / "'''points'''.csv").native(), few);
  }

  // A run that learned, and beside it what the program says of `given`.
  void learn(const test::LoadRow& row, const std::filesystem::path& run) {
    auto trainer = TrainerImpl::create(row.learned.front());
    ASSERT_TRUE(trainer) << trainer.error().message;
    auto recorder = RunFolder::create(run);
    ASSERT_TRUE(recorder) << recorder.error().message;
    Driver driver(**trainer, recorder->get());
    driver.start();
    std::int64_t until = 0;
    for (const Config& config : row.learned) {
      if (until > 0) {
        ASSERT_TRUE(driver.apply(config, 1));
      }
      for (until += kStepsEach; (*trainer)->step() < until;) ASSERT_TRUE(driver.advance());
    }
    ASSERT_TRUE(driver.export_weights());
    for (const RecordingNews& news : driver.take_news()) EXPECT_FALSE(news.trouble) << news.message;

    const auto stored = StoredRun::open(run);
    ASSERT_TRUE(stored) << stored.error().message;
    Json expected = Json::object();
    if (row.config().task == TaskKind::language) {
      const std::string text = "Once upon a time\r\n a fox \u4e16: 3 + 4 = 7!";
      const auto report = route_of_text(*stored, text);
      ASSERT_TRUE(report) << report.error().message;
      folder_.write(run.filename().native() + "/route.json", app::route_json(*report));
      expected.member("given") = text;
      std::string greedy;
      ASSERT_TRUE((*trainer)->start_generation("Once", 0, 0, 1));
      for (int i = 0; i < 8; ++i) greedy += (*trainer)->generate_token()->text;
      if (row.config().precision == Precision::fp32) expected.member("greedy") = greedy;
    } else {
      const DataInfo& data = (*trainer)->data();
      RandomStream stream(7, "points");
      std::string text;
      std::vector<float> points;
      for (int i = 0; i < 23; ++i)
        for (std::int32_t axis = 0; axis < data.dims; ++axis) {
          const double x = std::round(400 * stream.uniform() - 200) / 100;
          const double own =
              data.spread.empty() ? x : std::round(100 * (data.centre[axis] + data.spread[axis] * x)) / 100;
          points.push_back(
              static_cast<float>(data.spread.empty() ? own : (own - data.centre[axis]) / data.spread[axis]));
          text += (axis > 0 ? "," : i > 0 ? " " : "") + json_number(own);
        }
      folder_.write(run.filename().native() + "/route.json",
                    app::route_json(route_of_points(*stored, points, data.dims)));
      expected.member("given") = text;
    }
    folder_.write(run.filename().native() + "/expected.json", dump_json(expected));
  }

  test::TemporaryFolder folder_;
};

TEST_F(LoadScript, FindsWhatTheProgramFinds) {
  const std::vector<test::LoadRow> all = rows(kFew);
  Json names = Json::array();
  for (std::size_t i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].name);
    learn(all[i], folder_.path() / std::to_string(i));
    if (HasFatalFailure()) return;
    names.push_back(all[i].name);
  }
  folder_.write("rows.json", dump_json(names));
  const std::string command =
      std::string(SWITCHYARD_PYTHON " " SWITCHYARD_COMPARE " ") + folder_.path().native() + " 2>&1";
  FILE* told = popen(command.c_str(), "r");
  ASSERT_TRUE(told);
  char line[4096];
  while (fgets(line, sizeof(line), told)) fputs(line, stdout);
  EXPECT_EQ(pclose(told), 0) << "some rows deviate, or " SWITCHYARD_PYTHON " has no torch (package python3-torch)";
}

// A knob or a choice that no row has would be found by nobody. Of all rows, also where few are run.
TEST_F(LoadScript, EveryChoiceHasARow) {
  const std::vector<test::LoadRow> all = rows(false);
  for (const Knob& knob : knobs()) {
    if (knob.group != KnobGroup::routing && knob.group != KnobGroup::model && knob.key != "task" &&
        knob.key != "points")
      continue;
    // A file with muted or steered experts is refused by the script; frozen ones compute as any.
    if (names_experts(knob.key) || knob.key == "steer") continue;
    std::set<std::string> seen;
    for (const test::LoadRow& row : all)
      if (why_idle(knob.key, row.config()).empty()) seen.insert(to_text(knob.get(row.config())));
    if (knob.type == KnobType::choice) {
      EXPECT_EQ(seen.size(), knob.choices.size()) << knob.key;
    } else {
      EXPECT_GE(seen.size(), 2U) << knob.key << " is never another";
    }
  }
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
