// A recording in the canonical form that grows as a test wants: chunks announced one by one, ranks that go back, a
// manifest that begins anew. Every step has kTokens tokens of the same ids, of which token t has experts (t + step
// + layer) mod N and the next.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "core/base/json.h"
#include "core/recordings/folder_writer.h"
#include "core/recordings/manifest.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::test {

class GrowingRoutes {
 public:
  static constexpr int kTokens = 16, kExperts = 4, kLayers = 2;

  explicit GrowingRoutes(std::filesystem::path folder) : folder_(std::move(folder)) {
    for (int l = 0; l < kLayers; ++l) head.layers.push_back({3 + l, "", kExperts, 2});
    head.order = ChoiceOrder::gate;
    head.model = "tutorial";
  }
  RecordingHead head;
  // Added to the number of every expert, as by another router.
  int shift = 0;
  // All tokens go to the first two experts.
  bool has_collapsed = false;

  static double loss_at(std::int64_t step) { return 3.0 + 1.0 / static_cast<double>(step + 1); }
  int expert(std::int64_t step, int layer, int token, int choice) const {
    return has_collapsed ? choice : static_cast<int>((token + step + layer + shift + choice) % kExperts);
  }

  RecordedChunk chunk(std::int32_t rank, std::int64_t first, std::int64_t last) const {
    RecordedChunk made;
    made.rank = rank, made.layers = head.layers, made.wall_s = 1000.0 + static_cast<double>(last);
    for (std::int64_t step = first; step <= last; ++step) {
      made.counted_step.push_back(step);
      made.step_loss.push_back(static_cast<float>(loss_at(step)));
      for (int t = 0; t < kTokens; ++t) {
        made.step.push_back(step);
        made.token.push_back(100 + t);
        made.sequence.push_back(t / (kTokens / 2));
      }
    }
    for (int l = 0; l < kLayers; ++l) {
      RecordedCells& cells = made.cells.emplace_back();
      cells.experts = kExperts, cells.top_k = 2;
      for (std::int64_t step = first; step <= last; ++step)
        for (int t = 0; t < kTokens; ++t)
          for (int j = 0; j < 2; ++j) {
            cells.expert.push_back(expert(step, l, t, j));
            cells.weight.push_back(j == 0 ? 0.75F : 0.25F);
          }
    }
    return made;
  }

  // Announced at once.
  void add(const RecordedChunk& chunk) {
    const TemporaryFolder aside;
    auto writer = RoutesWriter::create(aside.path() / "one");
    ASSERT_TRUE(writer);
    ASSERT_TRUE(writer->write(head, chunk));
    ASSERT_TRUE(writer->finish(head));
    std::ifstream lines(aside.path() / "one" / kManifestName);
    std::string first, line, text;
    std::getline(lines, first);
    if (!has_head_) text = first + '\n';
    while (std::getline(lines, line)) {
      auto json = parse_json(line, "the manifest");
      ASSERT_TRUE(json);
      if (!json->contains("file")) continue;
      const std::string name =
          "chunk-r" + std::to_string(chunk.rank) + "-" + std::to_string(++files_) + ".safetensors";
      std::filesystem::create_directories(folder_);
      std::filesystem::copy_file(aside.path() / "one" / *(*json)["file"].text(), folder_ / name);
      json->member("file") = name;
      text += dump_json(*json) + '\n';
    }
    append(text);
    has_head_ = true;
  }
  void add(std::int32_t rank, std::int64_t first, std::int64_t last) { add(chunk(rank, first, last)); }
  void go_back(std::int32_t rank, std::int64_t from) {
    append("{\"rank\": " + std::to_string(rank) + ", \"void_from\": " + std::to_string(from) + "}\n");
  }
  // The manifest is empty; chunks before stay on the disk and count no more.
  void cut() {
    std::ofstream(folder_ / kManifestName, std::ios::trunc);
    has_head_ = false;
  }

 private:
  void append(const std::string& text) {
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / kManifestName, std::ios::app) << text;
  }

  std::filesystem::path folder_;
  bool has_head_ = false;
  int files_ = 0;
};

}  // namespace switchyard::test
