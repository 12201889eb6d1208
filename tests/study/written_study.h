// A study whose runs were not learned but written: with the results a test wants to have judged.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "core/record/folder/run_place.h"
#include "core/study/study_results.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

class WrittenStudy {
 public:
  WrittenStudy(const std::vector<std::string>& names, std::int64_t seeds,
               const std::function<void(StudyArm&)>& change = {}) {
    std::vector<StudyArm> arms;
    for (const std::string& name : names) {
      arms.push_back({name, {}, {}});
      if (change) change(arms.back());
    }
    auto plan = make_plan(std::move(arms), 100, seeds, 1);
    EXPECT_TRUE(plan) << plan.error().message;
    plan_ = std::move(*plan);
    EXPECT_TRUE(settle_study(path(), plan_));
  }

  // Seed by seed; kMissing: it has not ended. Each was validated at step 50 too, where its loss is its seed.
  void write(const std::string& name, const std::vector<double>& losses) const {
    for (std::size_t i = 0; i < losses.size(); ++i) {
      if (std::isnan(losses[i])) continue;
      const auto seed = static_cast<std::int64_t>(i) + 1;
      const std::filesystem::path folder = run(name, seed);
      std::filesystem::create_directories(folder);
      std::ofstream(folder / kMetricsFile)
          << "step,loss,val_loss\n49,1,\n50,1," << seed << "\n100,1," << losses[i] << '\n';
      EXPECT_TRUE(write_result(folder, {.step = 100,
                                        .val_loss = losses[i],
                                        .val_accuracy = 0.5,
                                        .loss = 1,
                                        .tokens = 1000,
                                        .wall_s = 2,
                                        .run = name,
                                        .diverged = {}}));
    }
  }
  // rows: what it had recorded until then; empty: as it was.
  void diverge(const std::string& name, std::int64_t seed, const std::string& rows = {}) const {
    if (!rows.empty()) std::ofstream(run(name, seed) / kMetricsFile) << rows;
    EXPECT_TRUE(write_result(run(name, seed), {.step = 12, .diverged = "step 13: the loss is nan"}));
  }

  std::filesystem::path path() const { return folder_.path() / "study"; }
  const StudyPlan& plan() const { return plan_; }
  StudyResults results() const {
    auto read = read_results(path(), plan_);
    EXPECT_TRUE(read) << read.error().message;
    return std::move(*read);
  }

 private:
  std::filesystem::path run(const std::string& name, std::int64_t seed) const {
    for (const StudyArm& arm : plan_.arms)
      if (arm.name == name) return run_folder_of(path(), arm, seed);
    ADD_FAILURE() << name;
    return {};
  }

  TemporaryFolder folder_;
  StudyPlan plan_;
};

}  // namespace switchyard::test
