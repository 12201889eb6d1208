// The one t-SNE of a run: started from a look, worked out in the background, kept until another is started. It
// keeps a copy of its look, so that colours, tooltips and boxes speak of the model the picture was made of however
// far training has gone on. No thread before the first start; one that nobody shows in a frame is stopped.
//
// Thread safety: window thread only; `wake` is called from the runner's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/run/ui_state.h"
#include "core/base/records.h"
#include "core/insight/tsne_runner.h"

namespace switchyard::app {

// What a run is a picture of, beside the look's step. `layer` is 0 where all layers share the cloud (raw inputs).
struct TsneSubject {
  std::uint32_t model_id = 0;
  std::size_t layer = 0;
  ProjectedCloud of = ProjectedCloud::hidden;
  bool operator==(const TsneSubject&) const = default;
};

struct TsneRun {
  // interrupted: nobody looked; it begins anew once somebody does.
  enum class State { running, done, stopped, interrupted, failed };

  TsneSubject subject;
  std::shared_ptr<const Snapshot>
      look;  // without what t-SNE's picture does not show: the plane's map, tensors of other panels
  std::size_t tokens = 0;      // of the look
  std::size_t every = 1;       // of so many tokens one takes part: t-SNE is exact to Tsne::kMostPoints only
  double perplexity = 0;       // as used
  State state = State::running;
  int iteration = 0, iterations = 0;
  double divergence = 0;         // KL, nats
  std::vector<float> positions;  // [tokens, 2], NaN for those that take no part; empty before the first come
  std::string error;             // state failed: why
};

class TsneHost {
 public:
  static constexpr double kLeastPerplexity = 2;
  // (n - 1) / 3 of the points that take part among `tokens`, at least kLeastPerplexity.
  static double most_perplexity(std::size_t tokens);

  explicit TsneHost(std::function<void()> wake = {}, int iterations = TsneOptions().iterations);

  // The run with its newest positions, for somebody who shows it; null: none was started.
  const TsneRun* shown();
  // values [tokens, width] of the look. The perplexity is cut to what so many points allow.
  void start(const Snapshot& look, const TsneSubject& subject, std::vector<float> values, std::size_t width,
             double perplexity);
  // The same cloud once more.
  void restart(double perplexity);
  void stop();
  // Once a frame, after the panels.
  void end_frame();
  // Nobody will show it for a while: as a frame without, and a thread with nothing to do ends.
  void rest();
  // There was none.
  void clear();
  // Held beside what the thread works on.
  std::size_t bytes() const;

 private:
  void begin(double perplexity);
  void take(const TsneProgress& progress);

  std::function<void()> wake_;
  int iterations_;
  std::unique_ptr<TsneRunner> runner_;
  std::optional<TsneRun> run_;
  std::vector<float> points_;  // [of those that take part, width]
  std::size_t width_ = 0;
  std::uint64_t id_ = 0;
  bool is_shown_ = false;
};

}  // namespace switchyard::app
