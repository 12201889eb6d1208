#include "core/train/ranks/message.h"

#include <algorithm>
#include <cstring>

namespace switchyard {

void Message::put_bytes(const void* from, std::size_t count) {
  if (count == 0) return;  // an empty vector has no memory to copy from
  const auto* bytes = static_cast<const std::uint8_t*>(from);
  bytes_.insert(bytes_.end(), bytes, bytes + count);
}

bool Message::take_bytes(void* to, std::size_t count) {
  if (count > bytes_.size() - at_) return false;
  if (count == 0) return true;  // an empty vector has no memory to copy to
  std::memcpy(to, bytes_.data() + at_, count);
  at_ += count;
  return true;
}

Message& Message::put(std::int64_t number) {
  put_bytes(&number, sizeof number);
  return *this;
}

Message& Message::put(double number) {
  put_bytes(&number, sizeof number);
  return *this;
}

Message& Message::put(const std::string& text) {
  put(static_cast<std::int64_t>(text.size()));
  put_bytes(text.data(), text.size());
  return *this;
}

Message& Message::put(const std::vector<float>& numbers) {
  put(static_cast<std::int64_t>(numbers.size()));
  put_bytes(numbers.data(), numbers.size() * sizeof(float));
  return *this;
}

std::int64_t Message::number() {
  std::int64_t number = 0;
  take_bytes(&number, sizeof number);
  return number;
}

double Message::real() {
  double number = 0;
  take_bytes(&number, sizeof number);
  return number;
}

std::string Message::text() {
  std::string text(std::min(static_cast<std::size_t>(number()), bytes_.size() - at_), '\0');
  take_bytes(text.data(), text.size());
  return text;
}

std::vector<float> Message::floats() {
  std::vector<float> numbers(std::min(static_cast<std::size_t>(number()), (bytes_.size() - at_) / sizeof(float)));
  take_bytes(numbers.data(), numbers.size() * sizeof(float));
  return numbers;
}

std::vector<std::string> Message::texts() {
  std::vector<std::string> all;
  for (std::int64_t left = number(); left > 0 && at_ < bytes_.size(); --left) all.push_back(text());
  return all;
}

std::vector<std::int64_t> Message::numbers() {
  std::vector<std::int64_t> all;
  for (std::int64_t left = number(); left > 0 && at_ < bytes_.size(); --left) all.push_back(number());
  return all;
}

std::vector<double> Message::reals() {
  std::vector<double> all;
  for (std::int64_t left = number(); left > 0 && at_ < bytes_.size(); --left) all.push_back(real());
  return all;
}

void Message::share(RankGroup& ranks) {
  constexpr auto kRoom = kMessageBytes - static_cast<std::int64_t>(sizeof(std::int64_t));
  at::Tensor head = at::zeros({kMessageBytes}, at::kByte);
  auto* to = head.data_ptr<std::uint8_t>();
  auto size = static_cast<std::int64_t>(bytes_.size());
  std::memcpy(to, &size, sizeof size);
  std::copy_n(bytes_.begin(), std::min(size, kRoom), to + sizeof size);
  ranks.broadcast(head, 0);
  std::memcpy(&size, to, sizeof size);
  if (!ranks.first()) {
    bytes_.assign(static_cast<std::size_t>(size), 0);
    at_ = 0;
    std::copy_n(to + sizeof size, std::min(size, kRoom), bytes_.begin());
  }
  if (size <= kRoom) return;
  // In pieces, since no message of a network is as long as a model may be.
  constexpr std::int64_t kPiece = 64 * 1024 * 1024;
  for (std::int64_t done = kRoom; done < size; done += kPiece)
    ranks.broadcast(at::from_blob(bytes_.data() + done, {std::min(kPiece, size - done)}, at::kByte), 0);
}

}  // namespace switchyard
