// A file for TensorBoard, read with protobuf and with nothing of what wrote it.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "events.pb.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

// A bit at a time, as RFC 3720 defines it.
inline std::uint32_t plain_crc32c(std::string_view bytes) {
  std::uint32_t crc = 0xFFFFFFFFu;
  for (const char byte : bytes) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = crc & 1 ? crc >> 1 ^ 0x82F63B78u : crc >> 1;
  }
  return ~crc;
}

// Every event, its frame checked; a torn end is a failure.
inline std::vector<schema::Event> read_events(const std::string& bytes) {
  std::vector<schema::Event> events;
  const auto sum_at = [&](std::size_t at) {
    std::uint32_t masked = 0;
    std::memcpy(&masked, bytes.data() + at, sizeof masked);
    const std::uint32_t turned = masked - 0xA282EAD8u;
    return turned >> 17 | turned << 15;
  };
  for (std::size_t at = 0; at < bytes.size();) {
    std::uint64_t length = 0;
    if (bytes.size() - at < 16) return ADD_FAILURE() << "torn at " << at, events;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    EXPECT_EQ(sum_at(at + 8), plain_crc32c(std::string_view(bytes).substr(at, 8)));
    if (bytes.size() - at - 16 < length) return ADD_FAILURE() << "torn at " << at, events;
    const std::string_view event = std::string_view(bytes).substr(at + 12, length);
    EXPECT_EQ(sum_at(at + 12 + length), plain_crc32c(event));
    EXPECT_TRUE(events.emplace_back().ParseFromArray(event.data(), static_cast<int>(event.size())));
    schema::Event known = events.back();
    known.DiscardUnknownFields();
    EXPECT_EQ(known.SerializeAsString(), event) << "all of it is known to the schema";
    at += 16 + length;
  }
  return events;
}

inline std::vector<std::filesystem::path> event_files(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().filename().native().find("tfevents") != std::string::npos) found.push_back(entry.path());
  return found;
}

// The events of the one file there is, beside what has none.
inline std::vector<schema::Event> events_in(const std::filesystem::path& folder) {
  auto files = event_files(folder);
  std::erase_if(files, [](const auto& file) { return std::filesystem::is_empty(file); });
  EXPECT_EQ(files.size(), 1u);
  return files.size() == 1 ? read_events(text_of_file(files[0])) : std::vector<schema::Event>();
}

// Scalars of a tag by step; a step twice is a failure.
inline std::map<std::int64_t, float> scalars_of(const std::vector<schema::Event>& events, std::string_view tag) {
  std::map<std::int64_t, float> values;
  for (const schema::Event& event : events)
    for (const auto& value : event.summary().value()) {
      if (value.tag() != tag || value.value_case() != schema::Summary::Value::kSimpleValue) continue;
      EXPECT_TRUE(values.emplace(event.step(), value.simple_value()).second)
          << tag << " twice at " << event.step();
    }
  return values;
}

inline std::vector<std::pair<std::int64_t, std::string>> texts_of(const std::vector<schema::Event>& events,
                                                                  std::string_view tag) {
  std::vector<std::pair<std::int64_t, std::string>> texts;
  for (const schema::Event& event : events)
    for (const auto& value : event.summary().value())
      if (value.tag() == tag) {
        EXPECT_EQ(value.metadata().plugin_data().plugin_name(), "text");
        EXPECT_EQ(value.metadata().data_class(), schema::SummaryMetadata::TENSOR);
        EXPECT_EQ(value.tensor().dtype(), schema::TensorProto::STRING);
        EXPECT_TRUE(value.tensor().has_tensor_shape());
        EXPECT_EQ(value.tensor().tensor_shape().dim_size(), 0);
        EXPECT_EQ(value.tensor().string_val_size(), 1);
        texts.emplace_back(event.step(), value.tensor().string_val(0));
      }
  return texts;
}

}  // namespace switchyard::test
