#include "app/run/selection.h"

#include <algorithm>
#include <span>
#include <utility>

namespace switchyard::app {
namespace {

// FNV-1a, 64 bits.
class ProbeStamp {
 public:
  void take(std::span<const std::byte> bytes) {
    for (const std::byte byte : bytes) value_ = (value_ ^ static_cast<std::uint64_t>(byte)) * 0x100000001b3ULL;
  }
  std::uint64_t value() const { return value_; }

 private:
  std::uint64_t value_ = 0xcbf29ce484222325ULL;
};

}  // namespace

std::size_t probe_size(const Snapshot* snapshot) {
  if (!snapshot) return 0;
  if (snapshot->points) return snapshot->points->label.size();
  return snapshot->tokens ? snapshot->tokens->text.size() : 0;
}

std::shared_ptr<const void> probe_of(const Snapshot* snapshot) {
  if (!snapshot) return nullptr;
  if (snapshot->points) return snapshot->points;
  return snapshot->tokens;
}

std::uint64_t probe_stamp(const Snapshot* snapshot) {
  if (probe_size(snapshot) == 0) return 0;
  ProbeStamp stamp;
  if (const ProbePoints* const points = snapshot->points.get()) {
    stamp.take(std::as_bytes(std::span(points->label)));
    stamp.take(std::as_bytes(std::span(points->x.empty() ? points->xy : points->x)));
  } else {
    const std::int32_t length = snapshot->tokens->sequence_length;
    stamp.take(std::as_bytes(std::span(&length, 1)));
    for (const std::string& token : snapshot->tokens->text) {
      stamp.take(std::as_bytes(std::span(token)));
      stamp.take(std::as_bytes(std::span("", 1)));  // between "a" "bc" and "ab" "c"
    }
  }
  return stamp.value();
}

Selection select(const Snapshot& snapshot, std::vector<std::uint8_t> chosen, std::string of) {
  Selection out;
  chosen.resize(probe_size(&snapshot), 0);
  out.count = static_cast<std::size_t>(std::count_if(chosen.begin(), chosen.end(), [](std::uint8_t c) { return c != 0; }));
  if (out.count == 0) return {};
  out.chosen = std::move(chosen);
  out.of = std::move(of);
  out.stamp = probe_stamp(&snapshot);
  out.probe = probe_of(&snapshot);
  return out;
}

void drop_stale(Selection& selection, const Snapshot* snapshot) {
  // Between two models there is no snapshot for a moment; the next one tells.
  if (!selection.active() || !snapshot) return;
  std::shared_ptr<const void> probe = probe_of(snapshot);
  if (selection.probe && selection.probe == probe) return;
  if (selection.stamp != probe_stamp(snapshot) || selection.chosen.size() != probe_size(snapshot)) selection = {};
  else selection.probe = std::move(probe);
}

}  // namespace switchyard::app
