// What the window asks of models that are tried otherwise than they learned (core/causes), and how far that is.
// The panels write wishes; whoever runs the window takes them (app/window/beside/cause_host.h). What was found
// lies with its run (RunView::causes).
//
// Thread safety: window thread only.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/causes/cause_request.h"

namespace switchyard {
struct CauseReport;
}

namespace switchyard::app {

// The newest answer to each question; null: none yet. By Cause.
using CauseReports = std::array<std::shared_ptr<const CauseReport>, kCauses>;

// An answer that lies in the run's folder (app/window/beside/cause_reader.h).
struct KeptAnswer {
  std::int64_t step = 0;
  std::string file;
  bool operator==(const KeptAnswer&) const = default;
};
using KeptAnswers = std::array<std::vector<KeptAnswer>, kCauses>;  // by step

// What is done about one question.
struct CauseState {
  CauseRequest asked{};  // as its panel's controls stand: what the next one is asked with
  bool wanted = false;   // to be begun, of the run that is shown
  bool cancel_wanted = false;
  std::string file_wanted{};  // the kept answer to be shown, of the run that is shown; empty: none
  // One at a time is tried; the others wait in the order they were asked.
  enum class Doing : std::uint8_t { nothing, waits, tries } doing = Doing::nothing;
  std::string run{};                   // id of the run it is done for, or was done for last
  std::int64_t done = 0, planned = 0;  // trials; 0 planned: not known yet
  double seconds = 0;                  // since it began to try
  bool ends = false;                   // Cancel was heard
  std::string why_not{};  // the last one came to nothing, of `run`: why; empty: it did not, or was cancelled
  int figure = 0;         // which of its figures the panel shows, as that panel counts them
};

struct CausesState {
  std::array<CauseState, kCauses> of{};

  CausesState() {
    for (std::size_t c = 0; c < kCauses; ++c) of[c].asked.what = static_cast<Cause>(c);
  }
  CauseState& operator[](Cause cause) { return of[static_cast<std::size_t>(cause)]; }
  const CauseState& operator[](Cause cause) const { return of[static_cast<std::size_t>(cause)]; }
};

}  // namespace switchyard::app
