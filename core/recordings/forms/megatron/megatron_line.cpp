#include "core/recordings/forms/megatron/megatron_line.h"

#include <fmt/format.h>

#include <utility>

#include "core/base/json.h"
#include "core/recordings/forms/parts/number_rows.h"
#include "core/recordings/recording.h"

namespace switchyard {
namespace {

Error bad_line(const std::string& where, std::string_view what) {
  return usage_error(fmt::format("{}: {}", where, what));
}

Result<std::int64_t> whole_of(const Json& line, std::string_view key, std::int64_t least, std::int64_t most,
                              const std::string& where) {
  const std::int64_t* number = line[key].integer();
  if (!number || *number < least || *number > most)
    return bad_line(where, fmt::format("{} = {}: allowed is a whole number from {} to {}", key, excerpt(line[key]),
                                       least, most));
  return *number;
}

// By number and each once: else rows were folded together from what capacity left.
Error not_rising(const std::string& where) {
  return bad_line(where, "experts of a token do not rise: rows are not those of its tokens");
}

// Of rows that were taken out of the line.
Result<void> take_rows(NumberRows&& rows, const std::string& where, TraceLine& made) {
  if (rows.columns != static_cast<std::size_t>(made.top_k))
    return bad_line(where, "a row of top_indices has another length than topk");
  for (std::size_t at = 0; at < rows.numbers.size(); ++at) {
    if (rows.numbers[at] >= kMostRecordedExperts)
      return bad_line(where, fmt::format("{} is no expert", rows.numbers[at]));
    if (at % rows.columns != 0 && rows.numbers[at] <= rows.numbers[at - 1]) return not_rising(where);
  }
  made.experts = std::move(rows.numbers);
  return {};
}

Result<void> take_rows(const Json::Array& rows, const std::string& where, TraceLine& made) {
  made.experts.reserve(rows.size() * static_cast<std::size_t>(made.top_k));
  for (const Json& row : rows) {
    if (row.size() != static_cast<std::size_t>(made.top_k))
      return bad_line(where, "a row of top_indices has another length than topk");
    for (const Json& id : *row.array_items()) {
      const std::int64_t* expert = id.integer();
      if (!expert || *expert < 0 || *expert >= kMostRecordedExperts)
        return bad_line(where, fmt::format("{} is no expert", excerpt(id)));
      if (&id != &(*row.array_items())[0] && *expert <= made.experts.back()) return not_rising(where);
      made.experts.push_back(static_cast<std::int32_t>(*expert));
    }
  }
  return {};
}

// taken: its top_indices, where those were taken out of it.
Result<TraceLine> parse_trace_line(const Json& line, NumberRows* taken, const std::string& where) {
  TraceLine made;
  const auto step = whole_of(line, "step", 0, kMostRecordedStep, where);
  const auto layer = whole_of(line, "layer", 0, kMostRecordedLayers - 1, where);
  const auto top_k = whole_of(line, "topk", 1, kMostRecordedChoices, where);
  for (const auto* number : {&step, &layer, &top_k})
    if (!*number) return number->error();
  made.step = *step, made.layer = static_cast<std::int32_t>(*layer),
  made.top_k = static_cast<std::int32_t>(*top_k);
  made.block = line["block"].text() ? line["block"].text()->substr(0, 100) : std::string();
  if (const std::int64_t* mtp = line["mtp_idx"].integer()) made.block += fmt::format(" {}", *mtp);
  const Json::Array* list = line["top_indices"].array_items();
  if (!taken && !list) return bad_line(where, "top_indices is not a list of rows");
  const std::size_t rows = taken ? taken->rows : list->size();
  if (line["num_tokens"].integer() && *line["num_tokens"].integer() != static_cast<std::int64_t>(rows))
    return bad_line(where, fmt::format("has {} rows, num_tokens says {}", rows, *line["num_tokens"].integer()));
  const auto done = taken ? take_rows(std::move(*taken), where, made) : take_rows(*list, where, made);
  if (!done) return done.error();
  made.logits = blob_place(line, "logit", rows, *top_k, kMostRecordedExperts);
  made.hidden = blob_place(line, "hs", rows, 1, kMostRecordedWidth);
  return made;
}

}  // namespace

Result<TraceLine> parse_trace_text(std::string_view text, const std::string& where) {
  NumberRows rows;
  if (const auto rest = take_rows_out(text, "top_indices", rows)) {
    const auto json = parse_json(*rest, where);
    if (json && json->contains("top_indices") && (*json)["top_indices"].is_null())
      return parse_trace_line(*json, &rows, where);
  }
  const auto json = parse_json(text, where);
  return json ? parse_trace_line(*json, nullptr, where) : Result<TraceLine>(json.error());
}

}  // namespace switchyard
