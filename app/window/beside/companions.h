// Runs that learn beside the one whose knobs are turned, to be compared with it: in the same lab, so in step with
// it (core/session/lab.h), each in a run folder of its own. They are shown as records are; any of them can be
// paused, dropped, or take the lead.
//
// Thread safety: window thread only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/cli/console/saved.h"
#include "app/run/edits.h"
#include "app/run/live.h"
#include "core/session/meeting/options.h"
#include "core/session/session.h"

namespace switchyard::app {

// Where runs beside one that is recorded in `out` (--out) are: where that one lies, and so not in it. Empty: it is in
// the usual directory, and so are they.
std::filesystem::path runs_beside(const std::string& out);

class Companions {
 public:
  // What the runs of this window begin with; without what they go on from.
  using MakeOptions = std::function<LiveRunOptions()>;
  Companions(MakeTrainer make_trainer, MakeOptions make_options)
      : make_trainer_(std::move(make_trainer)), make_options_(std::move(make_options)) {}

  // As a child of the newest kept step of the run that leads, where that has one and its model can take the
  // settings; else from step 0, and it catches up.
  void begin(const BesideWish& wish, Session& session, const Live& live, UiState& ui, double now_s);
  // Once a frame.
  void receive(Live& live, UiState& ui, double now_s);
  bool has_news() const;
  // What was asked of one of them, but for the lead.
  void ask(const Comparing::Asked& asked);
  // What plays, pauses or steps the one that leads does so to them.
  void follow(const Commands& commands);
  // This one takes the lead, and the one that had it learns beside: `link` becomes its Link. What waits in
  // `commands` was done to the other, and is sent there. False, and nothing is changed: it is none of them.
  bool lead(const std::string& run, std::shared_ptr<Link>& link, Commands& commands, Live& live, UiState& ui);
  std::size_t size() const { return all_.size(); }
  // They are recorded in.
  std::vector<std::string> folders() const;
  // Once they have ended: what became of the weights of each, and of those that were dropped and lost theirs.
  std::vector<Saved> saved();

 private:
  struct Companion {
    std::shared_ptr<Link> link;
    std::string run{};     // id, once it is known
    std::string folder{};  // it is recorded in, once there is one
    std::string called;    // what it was begun for; empty: nobody said
    std::string began_from{};  // title of the preset it began from; empty: none is known
    bool refused = false;  // it could not begin

    std::string label() const;
  };

  Saved saved_of(const Companion& one, const RunStatus& stopped) const;

  MakeTrainer make_trainer_;
  MakeOptions make_options_;
  std::vector<Companion> all_;
  std::uint32_t begun_ = 0;
  bool recorded_ = false;  // they are to leave their weights
  std::vector<Saved> lost_;
};

}  // namespace switchyard::app
