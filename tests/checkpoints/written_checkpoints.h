// Checkpoints that write_checkpoint.py beside this file makes, and what numpy makes of them; and files written by
// hand, for what none would write.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "core/base/json.h"
#include "tests/support/soak.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

inline bool write_checkpoints(const std::string& words) {
  return std::system(
             (std::string(SWITCHYARD_PYTHON) + " " + SWITCHYARD_CHECKPOINT_TESTS + "/write_checkpoint.py " + words)
                 .c_str()) == 0;
}

// mixtral.safetensors, qwen/, fused.safetensors. SWITCHYARD_SOAK_CHECKPOINT_MB: of the first.
struct WrittenCheckpoints {
  WrittenCheckpoints() {
    EXPECT_TRUE(write_checkpoints("small " + folder.path().native() + " " +
                                  std::to_string(soak_count("SWITCHYARD_SOAK_CHECKPOINT_MB", 0))));
    // Of a large one the matrices alone are more than a JSON text may have elsewhere; its lists are short.
    auto read = read_json_file(folder.path() / "expected.json");
    EXPECT_TRUE(read) << read.error().message;
    if (read) expected = std::move(*read);
  }
  TemporaryFolder folder;
  Json expected;
};

// A file with this header, and so many bytes behind it.
inline std::string safetensors_text(const std::string& header, std::size_t bytes) {
  const std::uint64_t length = header.size();
  std::string text(sizeof length, '\0');
  std::memcpy(text.data(), &length, sizeof length);
  return text + header + std::string(bytes, '\0');
}

}  // namespace switchyard::test
