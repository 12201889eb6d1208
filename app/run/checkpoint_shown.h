// The checkpoint of another program's that is open beside the runs: what is known of it, what of it is looked at,
// and what is wished. The panels write wishes; whoever runs the window takes them
// (app/window/beside/checkpoint_host.h).
//
// Thread safety: window thread only.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "app/run/ui_state.h"
#include "core/session/viewing/checkpoint_viewer.h"

namespace switchyard::app {

struct MapMemo;  // app/panels/checkpoint/cell_map.h

struct CheckpointShown {
  std::shared_ptr<const CheckpointNews> news;  // never null, nor are its facts
  std::string name;                            // printable
  Workspace came_from = Workspace::train;      // where one goes back to when it is closed

  std::size_t layer = 0;              // its place among the model's
  std::optional<ExpertPlace> expert;  // whose singular values are shown; nothing: nobody was clicked
  int norm_of = 3;                    // 0 to 2: of gate, up, down; 3: of all

  bool read_all_wanted = false, cancel_pass_wanted = false, cancel_expert_wanted = false, close_wanted = false;
  std::optional<ExpertPlace> expert_wanted;  // its singular values

  // What its maps were worked out to, by panel: of a thousand layers or experts that is nothing for every frame.
  std::map<std::string, std::shared_ptr<MapMemo>> maps;

  const CheckpointFacts& facts() const { return *news->facts; }
  const ExpertLayer& layer_at(std::size_t place) const { return facts().model.layers[place]; }
  // The most of any layer.
  std::size_t experts() const;
  // "layer 3", of every layer; and E00, E01 of so many experts. Made once.
  const std::vector<std::string>& layer_names();
  const std::vector<std::string>& names_of(std::size_t experts);

 private:
  std::vector<std::string> layer_names_;
  std::map<std::size_t, std::vector<std::string>> names_;
};

// The type of the first of its matrices whose numbers are not read; null: all are.
const TensorType* unread_type(const CheckpointShown& shown, ExpertPlace place);

// Its singular values are shown, and found where they are not known: in the place of what is under way. Nothing,
// of an expert that is not read.
void choose_expert(CheckpointShown& shown, ExpertPlace place);

// "93.4 GB"
std::string bytes_words(std::uint64_t bytes);
// "3", or of a file with several models in it "model.vision.3".
std::string layer_words(const CheckpointFacts& facts, std::size_t place);
// "layer 3 E02"
std::string expert_words(const CheckpointFacts& facts, ExpertPlace place);
// "12.3 of 93.4 GB · 1.1 GB/s · 70 s left"
std::string progress_words(const CheckpointWork& work);

}  // namespace switchyard::app
