// Numbers that lie beside Megatron-LM's trace: logits_rank{r}.bin and hidden_states_rank{r}.bin, bfloat16 without
// a head, which a line of the trace names by a byte and a shape.
//
// What a line claims is held against the file's size and against what is held of a step, before memory is taken
// for it; a link is not followed. Thread safety: an object belongs to one thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/input_file.h"
#include "core/base/json.h"

namespace switchyard {

// [T, wide] from byte `at` on.
struct BlobPlace {
  std::int64_t at = -1;  // -1: the line names none
  std::int32_t wide = 0;
};
// KEY_offset, KEY_bytes, KEY_shape of a line with so many rows; none, where these do not fit each other.
BlobPlace blob_place(const Json& line, const std::string& key, std::size_t rows, std::int64_t least_wide,
                     std::int64_t most_wide);

class RankBlobs {
 public:
  // prefix: "logits_rank". most_bytes: of one step of a rank, as floats.
  RankBlobs(std::filesystem::path folder, std::string prefix, std::uint64_t most_bytes)
      : folder_(std::move(folder)), prefix_(std::move(prefix)), most_bytes_(most_bytes) {}

  void begin_step() { taken_ = 0; }
  // Adds a line's numbers; false, and counted, where they are not there, or not `wide` (0: of any width).
  bool read(std::int32_t rank, const BlobPlace& place, std::size_t rows, std::int32_t wide,
            std::vector<float>& to);
  // what: "logits"
  void add_notes(std::string_view what, std::vector<std::string>& notes) const;

 private:
  std::filesystem::path folder_;
  std::string prefix_;
  std::uint64_t most_bytes_, taken_ = 0;
  std::map<std::int32_t, std::optional<InputFile>> files_;
  std::int64_t missing_ = 0, large_ = 0;
};

}  // namespace switchyard
