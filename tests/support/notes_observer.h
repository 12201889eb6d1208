// An observer that writes down what it was told, and can throw at a given call or refuse to write weights.
#pragma once

#include <fmt/format.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/run/observer.h"

namespace switchyard::test {

class NotesObserver : public Observer {
 public:
  std::vector<std::string> notes;
  std::size_t throw_at = static_cast<std::size_t>(-1);  // the call, from 0, that throws and is noted as "thrown"
  bool refuse_weights = false;                          // as on a full disk
  std::vector<RecordingNews> news;                      // to be told with the next call
  std::optional<std::pair<std::uint32_t, std::int64_t>> held{};  // model_id and step of the weights written last

  void on_model(const Trainer& trainer) override { note(fmt::format("model {}", trainer.model_id())); }
  void on_step(const StepRecord& record) override { note(fmt::format("step {}", record.step)); }
  void on_probe(const Snapshot* snapshot) override { note(snapshot ? "probe seen" : "probe unseen"); }
  void on_event(const RunEvent& event) override { note(fmt::format("{} at {}", key_of(event.kind), event.step)); }
  Result<std::string> on_weights(const Trainer& trainer) override {
    if (refuse_weights) return failure("disk full");
    note(fmt::format("weights {}", trainer.step()));
    held = {trainer.model_id(), trainer.step()};
    return std::string("a folder");
  }
  bool holds_weights(const Trainer& trainer) const override {
    return held == std::pair(trainer.model_id(), trainer.step());
  }
  void on_end() override { note("end"); }
  std::vector<RecordingNews> take_news() override { return std::exchange(news, {}); }
  std::string place() const override { return "a folder"; }

 private:
  void note(std::string what) {
    const bool throws = notes.size() == throw_at;
    notes.push_back(throws ? "thrown" : std::move(what));
    if (throws) throw std::runtime_error("a bug");
  }
};

}  // namespace switchyard::test
