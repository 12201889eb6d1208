#include "core/record/files/line_reader.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

namespace switchyard {
namespace {

constexpr std::size_t kRead = std::size_t{256} << 10;
constexpr std::size_t kKnownBy = 4096;

}  // namespace

Result<LineReader> LineReader::open(const std::filesystem::path& path, const Options& options) {
  auto file = InputFile::open(path, options.links);
  if (!file) return file.error();
  return LineReader(std::move(*file), options);
}

std::optional<std::string_view> LineReader::next() {
  std::size_t searched = begin_;
  while (true) {
    const std::size_t end = buffer_.find('\n', searched);
    if (end != std::string::npos) {
      const std::string_view line(buffer_.data() + begin_, end - begin_);
      begin_ = end + 1;
      if (!std::exchange(skipping_, false)) return line;
      searched = begin_;
      continue;
    }
    if (buffer_.size() - begin_ > longest_) {
      too_long_ += skipping_ ? 0 : 1;
      skipping_ = true;
      begin_ = buffer_.size();
    }
    const std::uint64_t left = file_.size() - std::min(offset_, file_.size());
    if (left == 0) {
      if (!is_closed_ || skipping_ || begin_ >= buffer_.size()) return std::nullopt;
      gave_half_ = true;
      return std::string_view(buffer_).substr(std::exchange(begin_, buffer_.size()));
    }
    buffer_.erase(0, std::exchange(begin_, 0));
    searched = buffer_.size();
    const auto more = static_cast<std::size_t>(std::min<std::uint64_t>(left, kRead));
    buffer_.resize(searched + more);
    if (!file_.read(offset_, std::as_writable_bytes(std::span(buffer_).subspan(searched)))) {
      offset_ = file_.size(), is_torn_ = true;
      buffer_.resize(is_closed_ ? 0 : searched), begin_ = std::min(begin_, buffer_.size());
      return std::nullopt;
    }
    offset_ += more;
    known_.append(buffer_, buffer_.size() - std::min(more, kKnownBy));
    if (known_.size() > kKnownBy) known_.erase(0, known_.size() - kKnownBy);
  }
}

bool LineReader::go_on() {
  if (gave_half_ || is_torn_) return false;
  auto file = InputFile::open(file_.path(), links_);
  if (!file || file->size() < offset_) return false;
  std::string now(known_.size(), '\0');
  if (!file->read(offset_ - now.size(), std::as_writable_bytes(std::span(now))) || now != known_) return false;
  file_ = std::move(*file), is_closed_ = false;
  return true;
}

}  // namespace switchyard
