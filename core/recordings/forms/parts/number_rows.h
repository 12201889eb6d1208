// Rows of whole numbers taken out of a line of JSON: "top_indices":[[1,5],[0,3]] may be nearly all of its bytes,
// and a parser of any JSON makes a value of each number. Thread safety: pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace switchyard {

struct NumberRows {
  std::size_t rows = 0, columns = 0;
  std::vector<std::int32_t> numbers;  // [rows, columns]
};

// The line with null in their place. Nothing where they are not plainly rows of one length, of whole numbers of at
// most 9 digits: the line is to be parsed as it is. Whether the key was a member of the line itself the parser of
// the rest knows: it is null then.
std::optional<std::string> take_rows_out(std::string_view line, std::string_view key, NumberRows& rows);

// [[[4,1],[0,3]],…], the same nested once more; -1 is a number of them.
struct NumberBlock {
  std::size_t tokens = 0, layers = 0, columns = 0;
  std::vector<std::int32_t> numbers;  // [tokens, layers, columns]
};
// Where it ends, of a text that begins with it; null where it is not plainly such a block.
const char* scan_block(const char* begin, const char* end, NumberBlock& block);

}  // namespace switchyard
