// Loads as CSV: a row says how many tokens of a step chose an expert of a layer. With a header
// step,layer,expert,count in any order among other columns, or without one in this order; by its looks only where
// the first rows have no other column, since points may begin with whole numbers. Rows of any order are taken by
// their step, of up to kMostSortedRows those that do not rise by themselves; several rows of the same expert add
// up; an expert without a row was chosen by none where its layer has rows in the step. How many experts there are,
// those without any row too, the key experts says; takes k too.
#pragma once

#include <cstddef>
#include <filesystem>
#include <memory>

#include "core/recordings/forms/parts/keys.h"
#include "core/recordings/reader.h"

namespace switchyard {

inline constexpr std::size_t kMostSortedRows = std::size_t{4} << 20;

bool is_csv_loads(const std::filesystem::path& path);
Result<std::unique_ptr<RecordingReader>> open_csv_loads(const std::filesystem::path& path,
                                                        const RecordingKeys& keys);

}  // namespace switchyard
