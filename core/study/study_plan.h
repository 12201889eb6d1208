// A study: several arms, each a setup, learned with the same seeds for as many steps, to be told apart.
//
//   DIR/study.json               what it is: steps, seeds, each arm's name, folder and settings; of a sweep its
//   axes DIR/runs/ARM-seed-S/         a run folder like any other, with its result.json (run_result.h)
//   DIR/.claims/ARM-seed-S/      who is at work on it: several processes share a study
//
// It is gone on with by asking for it again; with more seeds, more steps or further arms it grows. What an arm is
// never changes: another setup under a name that is taken is refused. What is recorded of its runs may be asked
// for anew: runs that have not begun heed it.
//
// Thread safety: values; pure functions of the file system. Errors: usage, naming the arm, key or file and what is
// allowed; failure where a file cannot be written.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/base/text_facts.h"
#include "core/config/config.h"
#include "core/config/knobs.h"
#include "core/study/axes.h"

namespace switchyard {

inline constexpr const char* kStudyFile = "study.json";
// What it came to, written at the end: of a comparison, of a sweep.
inline constexpr const char *kComparisonFile = "comparison.json", *kSweepFile = "sweep.json";
inline constexpr std::int64_t kMostSeeds = 1000;
inline constexpr std::size_t kMostArms = 1000;

struct StudyArm {
  std::string name;    // as people read it
  std::string folder;  // safe as a part of a file's name; no two arms have the same
  Config config;       // its seed is Config's own: seeds are the study's
  std::optional<Fingerprint> data{};  // of the file it learns from, as it was when the study began
};

struct StudyPlan {
  std::vector<StudyArm> arms;  // the others are held against the first
  std::int64_t steps = 0;
  std::int64_t seeds = 0, first_seed = 1;  // first_seed, first_seed + 1, ...
  SweepPlan sweep{};                       // what the arms are combinations of
  // Seeds at which a verdict was given before there were more: each look is a chance of a false alarm.
  std::vector<std::int64_t> looks{};
};
inline bool is_sweep(const StudyPlan& plan) { return !plan.sweep.axes.empty(); }

// Gives the arms folders where they bring none, and distinct names where two have one. usage: no arm, arms of two
// tasks, a setup that is not valid, numbers out of range.
Result<StudyPlan> make_plan(std::vector<StudyArm> arms, std::int64_t steps, std::int64_t seeds,
                            std::int64_t first_seed);

Config config_of(const StudyArm& arm, std::int64_t seed);
// "B-seed-2".
std::string run_name(const StudyArm& arm, std::int64_t seed);
std::filesystem::path run_folder_of(const std::filesystem::path& study, const StudyArm& arm, std::int64_t seed);

// Of its losses: "nats a token", "nats a point".
std::string_view unit_of_loss(const StudyPlan& plan);

// A study is gone on with from any folder.
void name_files_in_full(Config& config);

// Knobs that are not the same in all arms, in the order of the table.
std::vector<const Knob*> differing_knobs(const StudyPlan& plan);

// Says where a verdict was given before seeds were added: empty, or " Seeds were added after ...".
std::string words_of_looks(const StudyPlan& plan);

// Writes the plan into the folder, made where it is missing, one process at a time; a sweep stays one. What it
// came to is read_study()'s. usage: it holds something else, another setup under one of these names, a file that
// is another by now, settings that are no axis in a sweep, or was made for more steps; a sweep that halves is no
// more changed.
Result<void> settle_study(const std::filesystem::path& study, const StudyPlan& plan);
// The same without reading a data file: who learns from them is to settle it too, and adds what they are.
Result<void> settle_without_data(const std::filesystem::path& study, const StudyPlan& plan);
Result<StudyPlan> read_study(const std::filesystem::path& study);

}  // namespace switchyard
