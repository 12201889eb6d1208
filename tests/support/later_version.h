// A checkpoint as a later version of the program would have written it: this one cannot read it.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string_view>

#include "core/record/files/safetensors.h"

namespace switchyard::test {

inline constexpr std::string_view kLaterLabel = R"({"format": 2, "program": "9.10.1"})";

// Its label becomes this one; what is behind it stays.
inline void label_checkpoint(const std::filesystem::path& file, std::string_view label = kLaterLabel) {
  SafetensorsFile::Expected expected;
  expected.dtypes = {Dtype::f32, Dtype::f64};
  expected.checksums = true;
  const auto open = SafetensorsFile::open(file, expected);
  ASSERT_TRUE(open);
  Metadata texts = open->metadata();
  texts["checkpoint"] = label;
  ASSERT_TRUE(write_with_metadata(file, *open, texts));
}

}  // namespace switchyard::test
