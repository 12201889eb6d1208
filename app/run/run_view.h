// All a window holds of one run: its curves, the looks kept of it, the newest one; what was worked out of them;
// where one stood in it. And the runs of a window: the one that is shown, the one that learns, which is mostly the same,
// and others: those that learned before it, and those that were opened from their folders.
//
// Thread safety: window thread only.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "app/run/causes.h"
#include "app/run/derived/happenings.h"
#include "app/run/derived/insight_cache.h"
#include "app/run/derived/kept_steps.h"
#include "app/run/standing.h"
#include "app/run/tsne_host.h"
#include "core/base/records.h"
#include "core/history/history.h"
#include "core/history/snapshot_store.h"
#include "core/run/update.h"

namespace switchyard::app {

struct RunView {
  explicit RunView(std::function<void()> wake = {}, int tsne_iterations = TsneOptions().iterations)
      : tsne(std::move(wake), tsne_iterations) {}

  std::string id;                 // RunBegin::run; empty before the first model
  std::optional<RunPoint> parent;  // of a child: where it began
  std::size_t place = 0;          // the order in which the window came to know them
  std::uint32_t model_id = 0;     // of the newest model of it: whose records and looks are this run's
  History history;
  SnapshotStore kept;
  std::shared_ptr<const Snapshot> snapshot;  // the newest
  std::shared_ptr<const Inspection> inspection;
  std::vector<KeptStep> kept_steps;  // to go on or fork from, by step; as of some seconds ago
  CauseReports causes{};             // what was found out by trying its models otherwise
  KeptAnswers kept_answers{};        // such of it as lies in its folder

  // Worked out of what is above. Whoever only reads the run fills them all the same.
  mutable InsightCache insight;
  mutable TsneHost tsne;
  mutable HappeningCache happened;

  bool stood_in = false;
  Standing standing;  // while another run is shown; of the shown one UiState has it
  // Of one that learns beside the one whose knobs are turned: what it does. Its status says `followed`, so that it
  // is shown as a record is.
  std::optional<RunState> beside;
  std::string called;  // what it was begun for: "Top-k: 2 to 1"; empty: nobody said
  std::string began_from{};  // title of the preset it began from, which its settings are held against; empty: none
  bool is_noted = false;     // what its folder says of both was read (core/record/folder/run_note.h)

  RunStatus status;   // of a run that does not learn here, as it was last told

  // What people call it: what it was begun for, else as its folder is called (run_label.h). Runs side by side may
  // be called alike: see labels.h.
  std::string label(const RunStatus& its_status) const;
  // What happened in it, by events and kept steps.
  const HappeningList& happenings() const { return happened.of(history, kept_steps); }
  // What it holds, but for its newest look and what its thread works on.
  std::size_t bytes() const;
  // Another run is shown from here on: what can be worked out again goes, a t-SNE that runs is interrupted.
  void leave_screen();
  // No look to go back to is held any more, nor what was worked out of one; the curves and the newest look stay.
  void forget_looks();
};

class Runs {
 public:
  // What runs that are not shown may hold together; beyond it the oldest let go of their looks, then leave.
  static constexpr std::size_t kBudget = std::size_t{512} << 20;
  static constexpr std::size_t kMost = 50;

  // wake, tsne_iterations: of every run's TsneHost.
  explicit Runs(std::function<void()> wake = {}, int tsne_iterations = TsneOptions().iterations);

  RunView& shown() { return *views_.back(); }
  const RunView& shown() const { return *views_.back(); }
  // The run that learns; it need not be shown.
  RunView& live();
  const RunView& live() const { return const_cast<Runs*>(this)->live(); }
  bool has_live() const { return !live_.empty(); }
  bool shows_live() const { return shown().id == live_; }
  bool is_live(const std::string& id) const { return !live_.empty() && id == live_; }
  // All, in the order they were last shown; shown() is the last.
  const std::vector<std::unique_ptr<RunView>>& all() const { return views_; }

  // Those that were shown before, the newest first, at most so many; none that has no curve, unless it learns
  // here.
  std::vector<const RunView*> others(std::size_t most = kMost) const;

  // A model takes its place: its run is shown from here on. `here` is where one stood until now: it is put away
  // with the run that leaves the screen, and becomes where one stands in the new one, as left where that is known,
  // else following from its start, with what was chosen. False: the same run goes on, and one stands as before.
  // stays: nobody waits for it; where another run is shown, that stays on the screen.
  bool begin(const RunBegin& begin, Standing& here, bool stays = false);
  // Whose records and looks carry this model_id; the one that learns where nobody's do.
  RunView& of(std::uint32_t model_id);
  RunView* find_model(std::uint32_t model_id);

  // A run that does not learn here is told of: as begin(), but nothing leaves the screen. The one that learns stays as it is.
  RunView& open(const RunBegin& begin);
  // Another run is shown: `here` as in begin(), but into one that nobody has stood in the moment is taken along
  // too. False: there is none of that id, or it is shown already.
  bool show(const std::string& id, Standing& here);
  // An opened one is let go of; where it is shown, the one that learns is shown instead, or where none does the one shown
  // before. Not the last of a window. True if another is shown: `here` as in begin().
  bool close(const std::string& id, Standing& here);
  RunView* find(const std::string& id);
  // Of those that learn, this one has the knobs from here on.
  void lead(const std::string& id) { live_ = id; }

  // What an earlier window had chosen in its runs, by RunView::id; taken with the first look of the run.
  std::map<std::string, ChosenIn> remembered;

 private:
  std::unique_ptr<RunView> make() const { return std::make_unique<RunView>(wake_, tsne_iterations_); }
  // Where `id` is; a new one is made behind the others.
  RunView& known(const std::string& id);
  static void take_begin(RunView& view, const RunBegin& begin);
  void trim();

  std::string live_;  // RunView::id
  std::size_t places_ = 0;
  std::function<void()> wake_;
  int tsne_iterations_;
  std::vector<std::unique_ptr<RunView>> views_;
};

}  // namespace switchyard::app
