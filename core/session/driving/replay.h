// Edits to be made at their steps: those of a recorded run, so that a run of the same setup repeats it to the bit
// at the same thread count, and such as a person lists.
//
// Of its events.jsonl the lines of kinds "set" and "operate" are edits; alerts, exports and gaps come again by
// themselves. A rebuild, a reset or going back ends the replay: what follows them belongs to another run.
//
// Thread safety: a value. Errors: usage, naming file and line.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/records.h"
#include "core/base/result.h"
#include "core/config/config.h"
#include "core/operate/operation.h"

namespace switchyard {

class Replay {
 public:
  struct Edit {
    std::int64_t step = 0;  // the first one it acts on
    std::string place;      // "FILE: line 3", or the words that said it, for messages
    std::vector<RunEvent::Change> changes;
    std::optional<Operation> operation;  // in place of changes
  };

  // file: an events.jsonl, or the folder of a run. All of it is read and every value checked by itself before
  // anything is made. usage: it cannot be read; a line is no event, names no knob, holds a value out of range, or
  // a step before that of a line above it.
  static Result<Replay> read(const std::filesystem::path& file);

  // A person's, "400: clone 0.3" or "400: aux_coef=0.02": made before step 400, behind those of the same step.
  // usage: it is none.
  Result<void> add(std::string_view said);

  // What a run of so many steps has behind it is not made again. How many that are.
  std::size_t pass_over(std::int64_t steps_done);
  // The next edit, if it is to be made before this step; null: none is.
  const Edit* due(std::int64_t step) const;
  // `config` with the due edit made. usage: these settings do not allow it, or it would make a new model.
  Result<Config> edited(const Edit& edit, const Config& config) const;
  void made() { ++next_; }

  std::size_t left() const { return edits_.size() - next_; }
  // Whether all of the file is behind a run that begins this step.
  bool is_over(std::int64_t step) const { return left() == 0 && step >= ends_before_; }
  // Sentences: what is to come, what is done, what was not reached after so many steps.
  std::string announcement(std::size_t passed_over) const;
  std::string ending() const;
  std::string unreached(std::int64_t steps_done) const;

 private:
  std::string where(std::int64_t line) const;
  std::string origin() const;  // " of FILE"

  std::filesystem::path file_;  // empty: all are a person's
  std::vector<Edit> edits_;
  std::size_t next_ = 0;
  std::int64_t ends_before_ = 0;  // the step before which another run began, and the line that says so; 0: none
  std::int64_t ends_line_ = 0;
  std::string ends_kind_;
};

}  // namespace switchyard
