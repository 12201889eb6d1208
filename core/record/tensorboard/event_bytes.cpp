#include "core/record/tensorboard/event_bytes.h"

#include <bit>
#include <cstddef>

namespace switchyard {
namespace {

// How a field's bytes are told apart: by its number and kind.
enum class Wire : std::uint32_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

void add_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}
void add_key(std::string& out, std::uint32_t field, Wire wire) {
  add_varint(out, field << 3 | static_cast<std::uint32_t>(wire));
}
template <class Unsigned>
void add_fixed(std::string& out, Unsigned bits) {
  for (std::size_t i = 0; i < sizeof(bits); ++i) out.push_back(static_cast<char>(bits >> (8 * i)));
}
void add_number(std::string& out, std::uint32_t field, std::uint64_t value) {
  add_key(out, field, Wire::varint);
  add_varint(out, value);
}
// Of 0 nothing: a field that is not there is 0.
void add_double(std::string& out, std::uint32_t field, double value) {
  if (value == 0) return;
  add_key(out, field, Wire::fixed64);
  add_fixed(out, std::bit_cast<std::uint64_t>(value));
}
void add_bytes(std::string& out, std::uint32_t field, std::string_view bytes) {
  add_key(out, field, Wire::bytes);
  add_varint(out, bytes.size());
  out += bytes;
}

// Event: wall_time 1, step 2, file_version 3, summary 5, session_log 7. Summary: value 1. Summary.Value: tag 1,
// simple_value 2, histo 5, tensor 8, metadata 9.
std::string begin_event(double wall_time_s, std::int64_t step) {
  std::string event;
  add_double(event, 1, wall_time_s);
  if (step != 0) add_number(event, 2, static_cast<std::uint64_t>(step));
  return event;
}

}  // namespace

ScalarTag::ScalarTag(std::string_view tag) {
  std::string value;
  add_bytes(value, 1, tag);
  add_key(value, 2, Wire::fixed32);
  add_key(begin_, 1, Wire::bytes);
  add_varint(begin_, value.size() + sizeof(float));
  begin_ += value;
}

void ScalarTag::add(std::string& summary, float value) const {
  summary += begin_;
  add_fixed(summary, std::bit_cast<std::uint32_t>(value));
}

// HistogramProto: min 1, max 2, num 3, sum 4, sum_squares 5, bucket_limit 6, bucket 7, the last two packed.
void add_histogram(std::string& summary, std::string_view tag, std::span<const double> amounts) {
  double least = 0, greatest = 0, amount = 0, sum = 0, sum_squares = 0;
  std::string limits, buckets;
  for (std::size_t e = 0; e < amounts.size(); ++e) {
    const double at = static_cast<double>(e);
    if (amounts[e] > 0) {
      if (amount == 0) least = at - 0.5;
      greatest = at + 0.5;
    }
    amount += amounts[e], sum += at * amounts[e], sum_squares += at * at * amounts[e];
    add_fixed(limits, std::bit_cast<std::uint64_t>(at + 0.5));
    add_fixed(buckets, std::bit_cast<std::uint64_t>(amounts[e]));
  }
  std::string histogram;
  add_double(histogram, 1, least);
  add_double(histogram, 2, greatest);
  add_double(histogram, 3, amount);
  add_double(histogram, 4, sum);
  add_double(histogram, 5, sum_squares);
  add_bytes(histogram, 6, limits);
  add_bytes(histogram, 7, buckets);
  std::string value;
  add_bytes(value, 1, tag);
  add_bytes(value, 5, histogram);
  add_bytes(summary, 1, value);
}

// TensorProto: dtype 1 (7: string), tensor_shape 2 (none: one text), string_val 8. SummaryMetadata: plugin_data 1
// (plugin_name 1), data_class 4 (2: tensor).
void add_text(std::string& summary, std::string_view tag, std::string_view text) {
  std::string tensor, plugin, metadata, value;
  add_number(tensor, 1, 7);
  add_bytes(tensor, 2, "");
  add_bytes(tensor, 8, text);
  add_bytes(plugin, 1, "text");
  add_bytes(metadata, 1, plugin);
  add_number(metadata, 4, 2);
  add_bytes(value, 1, tag);
  add_bytes(value, 8, tensor);
  add_bytes(value, 9, metadata);
  add_bytes(summary, 1, value);
}

std::string summary_event(double wall_time_s, std::int64_t step, std::string_view summary) {
  std::string event = begin_event(wall_time_s, step);
  event.reserve(event.size() + summary.size() + 8);
  add_bytes(event, 5, summary);
  return event;
}

std::string version_event(double wall_time_s) {
  std::string event = begin_event(wall_time_s, 0);
  add_bytes(event, 3, "brain.Event:2");
  return event;
}

// SessionLog: status 1 (1: start).
std::string start_event(double wall_time_s) {
  std::string event = begin_event(wall_time_s, 0), log;
  add_number(log, 1, 1);
  add_bytes(event, 7, log);
  return event;
}

}  // namespace switchyard
