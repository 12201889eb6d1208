// What a panel is: a function of data that returns intent. It reads PanelInput, keeps its view choices in UiState,
// and appends Commands; it owns nothing and has no statics. What is dear to work out it keeps through PanelInput,
// in InsightCache and TsneHost. A live run and a finished one look the same to it.
//
// What PanelInput refers to stays as it is while it lives, which is a frame at most: news are taken between
// frames, and what an action may let go of is held here.
//
// Thread safety: window thread only.
#pragma once

#include <memory>
#include <vector>

#include "app/run/edits.h"
#include "app/run/ui_state.h"
#include "core/base/records.h"
#include "core/history/history.h"
#include "core/history/snapshot_store.h"
#include "core/session/link.h"
#include "viz/base/theme.h"

namespace switchyard::app {

class InsightCache;
class PanelExports;
class TsneHost;

struct PanelInput {
  const History& history;
  // The one shown, newest or kept; null before the first probe. Held: an action of the frame may let go of the
  // look the frame goes on to show.
  std::shared_ptr<const Snapshot> snapshot;
  const RunStatus& status;
  const viz::Theme& theme;
  float scale = 1;   // UI scale: sizes in code are for 1
  double now_s = 0;  // monotonic
  PanelExports* exports = nullptr;  // figures and data of panels; null: none are offered
  // Figures worked out once a look; null: worked out afresh in every frame, and agreement over the kept looks left
  // out.
  InsightCache* insight = nullptr;
  const SnapshotStore* kept = nullptr;  // to look back at; null: nothing is kept
  std::shared_ptr<const Inspection> inspection{};  // the newest state of the newest Inspect; null: none yet
  TsneHost* tsne = nullptr;  // works out the projection's t-SNE; null: none is offered
  std::vector<const History*> earlier{};  // of the runs before this one, the newest first
};

}  // namespace switchyard::app
