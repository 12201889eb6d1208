#include "core/train/ranks/agreement.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace switchyard {
namespace {

constexpr std::int64_t kTextBytes = 504;

struct Said {
  bool good = true;
  ErrorKind kind = ErrorKind::failure;
  std::string text;
};

// Each rank's, in the order of ranks.
std::vector<Said> said_by_all(RankGroup& ranks, const Said& own) {
  at::Tensor message = at::zeros({kTextBytes + 2}, at::kByte);
  auto* to = message.data_ptr<std::uint8_t>();
  to[0] = own.good;
  to[1] = static_cast<std::uint8_t>(own.kind);
  std::memcpy(to + 2, own.text.data(), std::min<std::size_t>(own.text.size(), kTextBytes - 1));
  const at::Tensor all = ranks.gathered(message);
  std::vector<Said> said;
  for (std::int64_t r = 0; r < ranks.size(); ++r) {
    const std::uint8_t* from = all.data_ptr<std::uint8_t>() + r * (kTextBytes + 2);
    said.push_back({from[0] != 0, static_cast<ErrorKind>(from[1]), reinterpret_cast<const char*>(from + 2)});
  }
  return said;
}

}  // namespace

Result<void> agreed(const Layout& layout, const Result<void>& own) {
  if (layout.one()) return own;
  const Said here = own ? Said{} : Said{false, own.error().kind, own.error().message};
  const std::vector<Said> said = said_by_all(*layout.all(), here);
  if (!own) return own;
  for (std::size_t r = 0; r < said.size(); ++r)
    if (!said[r].good) return Error{said[r].kind, fmt::format("rank {}: {}", r, said[r].text)};
  return {};
}

Result<void> same_on_all(const Layout& layout, const std::string& what, const std::string& own) {
  if (layout.one()) return {};
  const std::vector<Said> said = said_by_all(*layout.all(), {true, {}, own});
  for (std::size_t r = 1; r < said.size(); ++r)
    if (said[r].text != said[0].text)
      return usage_error(
          fmt::format("{} differ: rank 0 has {}, rank {} has {}", what, said[0].text, r, said[r].text));
  return {};
}

}  // namespace switchyard
