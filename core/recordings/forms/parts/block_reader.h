// What servers and NeMo write of an answer: one block [T, L, k] of expert numbers, no weights. Each answer stands
// for a step, from 0 on, and for a sequence. How many experts there are no block says: key experts.
//
// Whether a token's experts stand best first is not promised, so no first choice is known. A layer that has the
// same expert twice for every token is a dense one that was counted along; it stays empty, as does
// with k = 1 one that had nothing but expert 0 so far. Blocks of another L or
// k than the first are left out and counted.
//
// Thread safety: as RecordingReader.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

struct RouteBlock {
  std::int64_t tokens = 0, layers = 0, k = 0;
  std::vector<std::int32_t> experts;  // [T, L, k]; -1: not recorded
};
class BlockSource {
 public:
  virtual ~BlockSource() = default;
  // An error is of one block, which is left out; nothing: that was all.
  virtual Result<std::optional<RouteBlock>> next() = 0;
  // As RecordingReader has them.
  virtual bool go_on() { return false; }
  virtual void let_go() {}
};

// `where`: the file, for messages. usage: there is no block that can be read, or experts is missing or too low for
// the first.
Result<std::unique_ptr<RecordingReader>> read_blocks(std::string form, const std::string& where,
                                                     const RecordingKeys& keys,
                                                     std::unique_ptr<BlockSource> source);

// Of nested lists [T][L][k]. usage, naming `where`: they are not.
Result<RouteBlock> block_of_lists(const class Json& lists, const std::string& where);

}  // namespace switchyard
