// An observer that writes down what it was told, and can fail at a given call.
#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "core/session/observer.h"

namespace switchyard::test {

class NotesObserver : public Observer {
 public:
  std::vector<std::string> notes;
  std::size_t fail_at = static_cast<std::size_t>(-1);  // the call, from 0, that fails and is not noted

  Result<void> on_model(const Trainer& trainer) override {
    return note(fmt::format("model {}", trainer.generation()));
  }
  Result<void> on_step(const StepRecord& record) override { return note(fmt::format("step {}", record.step)); }
  Result<void> on_probe(const Snapshot* snapshot) override {
    return note(snapshot ? "probe seen" : "probe unseen");
  }
  Result<void> on_event(const RunEvent& event) override {
    return note(fmt::format("{} at {}", event.kind, event.step));
  }
  Result<void> on_weights(const Trainer& trainer) override {
    return note(fmt::format("weights {}", trainer.step()));
  }
  std::string place() const override { return "a folder"; }

 private:
  Result<void> note(std::string what) {
    if (notes.size() == fail_at) return failure("disk full");
    notes.push_back(std::move(what));
    return {};
  }
};

}  // namespace switchyard::test
