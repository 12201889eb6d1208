// An action: something a person can tell the program to do, with its key.
//
// Thread safety: window thread only.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "app/run/panel.h"
#include "app/ui/chord.h"

namespace switchyard::app {

// The interface scales offered.
inline constexpr float kScales[] = {1.0f, 1.25f, 1.5f, 2.0f};

struct ActionContext {
  const PanelInput& in;
  UiState& ui;
  Commands& out;
};

struct Action {
  std::string id;     // "run.play"
  std::string group;  // "Run": what it is about
  std::string title;  // "Play or pause"
  std::optional<Chord> chord{};
  std::function<void(const ActionContext&)> run{};
  std::function<bool(const ActionContext&)> enabled{};  // empty: always
  std::function<bool(const ActionContext&)> chosen{};  // of a choice among several: whether it is the one in force
  std::string detail{};                                // one sentence more
  std::function<std::string(const ActionContext&)>
      says{};  // what it will do now, in place of the title where there is room
  std::string also{};  // what people call it who know another program; the palette finds it by these words too
};

}  // namespace switchyard::app
