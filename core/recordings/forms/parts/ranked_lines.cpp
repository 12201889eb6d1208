#include "core/recordings/forms/parts/ranked_lines.h"

#include <charconv>
#include <system_error>

#include "core/recordings/recording.h"

namespace switchyard {

std::vector<RankFile> rank_files(const std::filesystem::path& folder, std::string_view prefix) {
  constexpr std::string_view kEnding = ".jsonl";
  std::vector<RankFile> files;
  std::error_code code;
  for (std::filesystem::directory_iterator entry(folder, code), end; !code && entry != end;
       entry.increment(code)) {
    const std::string name = entry->path().filename().native();
    if (!name.starts_with(prefix) || !name.ends_with(kEnding) || name.size() <= prefix.size() + kEnding.size())
      continue;
    const std::string_view digits =
        std::string_view(name).substr(prefix.size(), name.size() - prefix.size() - kEnding.size());
    std::int32_t rank = -1;
    const auto [at, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rank);
    if (error == std::errc() && at == digits.data() + digits.size() && rank >= 0 && rank <= kMostRecordedRanks)
      files.push_back({rank, entry->path()});
  }
  std::sort(files.begin(), files.end(), [](const RankFile& a, const RankFile& b) { return a.rank < b.rank; });
  return files;
}

}  // namespace switchyard
