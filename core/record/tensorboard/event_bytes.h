// The messages of TensorBoard's public schema that a run needs, as protobuf bytes: Event, Summary, HistogramProto,
// TensorProto, SummaryMetadata. Put together by hand, so that no program needs protobuf to record; that a reader
// with protobuf finds what was put in is tests/record/tensorboard.
//
// An event is of one step and one moment (wall time in seconds since 1970) and holds either what the file is, or a
// summary: values, each under its tag.
//
// Thread safety: values and pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace switchyard {

// A tag whose values are written again and again: all of one but the number is put together once.
class ScalarTag {
 public:
  explicit ScalarTag(std::string_view tag);
  // A value more in a summary's bytes; any float, NaN and infinities too.
  void add(std::string& summary, float value) const;

 private:
  std::string begin_;
};

// How much there was of each of the things numbered from 0: a bucket a thing, e - 0.5 to e + 0.5. The least and
// the greatest value of the histogram are the edges of the outermost buckets that hold anything: TensorBoard drops
// empty ones there and stretches the next up to these. Amounts are finite and not negative.
void add_histogram(std::string& summary, std::string_view tag, std::span<const double> amounts);
// Markdown, in UTF-8.
void add_text(std::string& summary, std::string_view tag, std::string_view text);

std::string summary_event(double wall_time_s, std::int64_t step, std::string_view summary);
// The first of a file.
std::string version_event(double wall_time_s);
// The second: whoever has read further under an earlier name of this file forgets it.
std::string start_event(double wall_time_s);

}  // namespace switchyard
