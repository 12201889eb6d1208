// The checkpoint of another program's that is open beside the runs: what is known of it, what of it is looked at,
// and what is wished. The panels write wishes; whoever runs the window takes them
// (app/window/beside/checkpoint_host.h).
//
// Thread safety: window thread only.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "app/run/ui_state.h"
#include "core/session/viewing/checkpoint_viewer.h"

namespace switchyard::app {

struct CheckpointShown {
  std::shared_ptr<const CheckpointNews> news;  // never null, nor are its facts
  std::string name;                            // printable
  Workspace came_from = Workspace::train;      // where one goes back to when it is closed

  std::size_t layer = 0;              // its place among the model's
  std::optional<ExpertPlace> expert;  // whose singular values are shown; nothing: nobody was clicked
  int norm_of = 3;                    // 0 to 2: of gate, up, down; 3: of all

  bool read_all_wanted = false, cancel_pass_wanted = false, cancel_expert_wanted = false, close_wanted = false;
  std::optional<ExpertPlace> expert_wanted;  // its singular values

  const CheckpointFacts& facts() const { return *news->facts; }
  const ExpertLayer& layer_at(std::size_t place) const { return facts().model.layers[place]; }
  // The most of any layer.
  std::size_t experts() const;
};

// Its singular values are found, in the place of what is under way.
void choose_expert(CheckpointShown& shown, ExpertPlace place);

// "93.4 GB"
std::string bytes_words(std::uint64_t bytes);
// "3", or of a file with several models in it "model.vision.3".
std::string layer_words(const CheckpointFacts& facts, std::size_t place);
// "12.3 of 93.4 GB · 1.1 GB/s · 70 s left"
std::string progress_words(const CheckpointWork& work);

}  // namespace switchyard::app
