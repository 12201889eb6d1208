// A question about what causes what (core/causes), asked of a model: which is opened, tried, and let go of, all in
// pieces that run on the thread that computes; what is made of the trials is worked out on the caller's.
//
// Thread safety: find_cause() on one thread; what it is given is called as said there.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/causes/cause_report.h"
#include "core/causes/trying.h"
#include "core/session/meeting/options.h"
#include "core/session/side_work.h"

namespace switchyard {

struct CauseWork {
  using Open = std::function<Result<std::unique_ptr<Trainer>>()>;

  // Runs a piece on the thread that computes and waits for it: SideWork::run, or the piece itself, where that is
  // the caller's thread.
  std::function<Result<void>(const SideWork::Piece&)> hand;
  MakeTrainer make;   // prune: models with fewer experts. On the thread that computes, as the next two
  Open open;          // the model, a copy that nothing else uses
  Open open_other;    // route-diff: what it is held against
  TrialsTold told{};  // on the caller's thread, after each trial; false ends it
  std::function<bool()> goes_on{};  // the same between two steps that a pruned model learns; empty: always
};

// Errors: the models', the trials', and usage: a question without meaning for this model (why_never_tried(), and
// what core/causes says). interrupted: it was ended between two trials, or nobody computes any more.
Result<CauseReport> find_cause(const CauseRequest& asked, const CauseWork& work);

// Why nothing can be tried with a model of these settings, for a person; empty: something can.
std::string why_never_tried(const Config& config);
// The same of one question; empty where that one has an answer.
std::string why_not_asked(Cause what, const Config& config);

}  // namespace switchyard
