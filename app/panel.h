// What a panel is: a pure function of data that returns intent. It reads PanelInput, keeps its view
// choices in UiState, and appends Commands; it owns nothing and has no statics. A live run, a replayed
// recording and a remote run look the same to it.
//
// Thread safety: window thread only.
#pragma once

#include <memory>
#include <vector>

#include "app/edits.h"
#include "app/ui_state.h"
#include "core/base/records.h"
#include "core/session/history.h"
#include "core/session/link.h"
#include "core/session/snapshot_store.h"
#include "viz/theme.h"

namespace switchyard::app {

class InsightCache;
class PanelExports;
class TsneHost;

struct PanelInput {
  const History& history;
  const Snapshot* snapshot;  // the one shown, newest or kept; null before the first probe
  const RunStatus& status;
  const viz::Theme& theme;
  float scale = 1;   // UI scale: sizes in code are for 1
  double now_s = 0;  // monotonic
  PanelExports* exports = nullptr;  // figures and data of panels; null: none are offered
  InsightCache* insight = nullptr;  // figures worked out once a look; null: they are left out
  const SnapshotStore* kept = nullptr;  // to look back at; null: nothing is kept
  const Inspection* inspection = nullptr;  // the newest state of the newest Inspect; null: none yet
  TsneHost* tsne = nullptr;  // works out the projection's t-SNE; null: none is offered
};

}  // namespace switchyard::app
