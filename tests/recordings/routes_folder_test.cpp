// The canonical form: what a Python writer of its own wrote is read as it wrote it, and nothing that is wrong with
// it ends in more than a message.
#include "core/recordings/folder_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <fstream>

#include "core/record/files/line_reader.h"
#include "core/recordings/chunk_file.h"
#include "core/recordings/route_pairs.h"
#include "core/recordings/routes.h"
#include "tests/recordings/python_writer.h"
#include "tests/support/mutants.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr const char* kHead =
    R"({"format":"switchyard-routes/2","layers":[{"id":0,"n_experts":4,"k":1}],"order":"id"})"
    "\n";
constexpr const char* kLine = R"({"file":"a.safetensors","rank":0,"first_step":1,"last_step":2,"tokens":4})"
                              "\n";

class ManifestTest : public testing::Test {
 protected:
  void write(const std::string& text) const { folder_.write("manifest.jsonl", text); }
  std::string error() {
    ManifestReader reader(folder_.path());
    const auto read = reader.read();
    return read ? "accepted" : read.error().message;
  }
  test::TemporaryFolder folder_;
};

TEST_F(ManifestTest, GrowsIsCutAndBeginsAnew) {
  ManifestReader reader(folder_.path());
  EXPECT_FALSE(reader.read());
  write("{\"format\":");
  EXPECT_THAT(error(), HasSubstr("no whole line"));
  write(std::string(kHead) + kLine + "{\"file\":\"b.saf");
  ASSERT_TRUE(reader.read());
  EXPECT_EQ(reader.manifest().chunks.size(), 1U);
  EXPECT_TRUE(reader.manifest().has_half_line);
  EXPECT_TRUE(std::isnan(reader.manifest().chunks[0].loss));
  // The half line becomes whole, one more follows.
  std::ofstream(folder_.path() / "manifest.jsonl", std::ios::app)
      << R"(etensors","rank":1,"first_step":3,"last_step":3,"tokens":2,"loss":1.5})"
      << "\n"
      << kLine;
  ASSERT_TRUE(reader.read());
  ASSERT_EQ(reader.manifest().chunks.size(), 3U);
  EXPECT_EQ(reader.manifest().chunks[1].file, "b.safetensors");
  EXPECT_EQ(reader.manifest().chunks[1].loss, 1.5);
  EXPECT_EQ(reader.restarts(), 0);
  // Cut in place, then longer than before with another line where the old one was.
  write(std::string(kHead) + kLine);
  ASSERT_TRUE(reader.read());
  EXPECT_EQ(reader.restarts(), 1);
  EXPECT_EQ(reader.manifest().chunks.size(), 1U);
  std::string other = std::string(kHead) + kLine + kLine;
  other[other.find("\"last_step\":2") + 12] = '7';
  write(other);
  ASSERT_TRUE(reader.read());
  EXPECT_EQ(reader.restarts(), 2);
  ASSERT_EQ(reader.manifest().chunks.size(), 2U);
  EXPECT_EQ(reader.manifest().chunks[0].last_step, 7);
}

// What its layers have in all is memory for every step, and its square for who is chosen together.
TEST_F(ManifestTest, WhatALyingHeadClaimsTakesNoMemory) {
  const auto head = [](int layers, int experts) {
    std::string text = "{\"format\":\"switchyard-routes/2\",\"order\":\"gate\",\"layers\":[";
    for (int l = 0; l < layers; ++l)
      text += (l > 0 ? "," : "") + ("{\"id\":" + std::to_string(l)) + ",\"n_experts\":" + std::to_string(experts) +
              ",\"k\":1}";
    return text + "]}\n";
  };
  write(head(17, 65'536));
  ManifestReader many(folder_.path());
  const auto read = many.read();
  ASSERT_FALSE(read);
  EXPECT_THAT(read.error().message, HasSubstr("1114112 experts in all, allowed are up to 1048576"));
  write(head(1024, 1024));
  ManifestReader fits(folder_.path());
  EXPECT_TRUE(fits.read());
  const auto pairs = pairs_of_folder(folder_.path());
  ASSERT_FALSE(pairs) << "these would be tables of 17 GB";
  EXPECT_THAT(pairs.error().message,
              HasSubstr("tables of 2146435072 numbers in all for its 1024 layers, allowed are up to 33554432"));
  write(head(16, 1024));
  EXPECT_TRUE(pairs_of_folder(folder_.path())) << "33 million fit";
  write(head(17, 1024));
  EXPECT_FALSE(pairs_of_folder(folder_.path()));
  write(head(16, 65'536));
  EXPECT_TRUE(pairs_of_folder(folder_.path())) << "layers with too many experts have no tables";
  // Each of four lists has ten wide layers, others every time: the tables are of all of them.
  const auto wide = [](int first) {
    std::string text;
    for (int l = 0; l < 40; ++l)
      text += (l > 0 ? ",{\"id\":" : "{\"id\":") + std::to_string(l) +
              ",\"n_experts\":" + (l >= first && l < first + 10 ? "1024" : "1") + ",\"k\":1}";
    return text;
  };
  std::string text = "{\"format\":\"switchyard-routes/2\",\"order\":\"gate\",\"layers\":[" + wide(0) + "]}\n";
  write(text);
  EXPECT_TRUE(pairs_of_folder(folder_.path()));
  for (const int first : {10, 20, 30}) text += "{\"layers\":[" + wide(first) + "]}\n";
  write(text);
  EXPECT_FALSE(pairs_of_folder(folder_.path()));
}

TEST_F(ManifestTest, EachRankMayGoBack) {
  std::string text = kHead;
  for (int i = 0; i < 1000; ++i) text += "{\"rank\":5,\"void_from\":1}\n";
  write(text + kLine + "{\"rank\":0,\"void_from\":1}\n");
  ManifestReader reader(folder_.path());
  ASSERT_TRUE(reader.read());
  EXPECT_TRUE(reader.manifest().chunks.empty());
  EXPECT_EQ(reader.manifest().passed_over, 0);
}

TEST_F(ManifestTest, LinesThatSayNothingArePassedOverAndCounted) {
  write(std::string(kHead) + "nonsense\n[]\n{\"layers\":[]}\n" + std::string(LineReader::kLongest + 10, 'x') +
        "\n" + kLine);
  ManifestReader reader(folder_.path());
  ASSERT_TRUE(reader.read());
  EXPECT_EQ(reader.manifest().passed_over, 4);
  EXPECT_THAT(reader.manifest().first_passed_over, HasSubstr("manifest.jsonl, line 2"));
  EXPECT_EQ(reader.manifest().chunks.size(), 1U);
  ASSERT_TRUE(reader.read());
  EXPECT_EQ(reader.manifest().passed_over, 4);
  EXPECT_EQ(reader.restarts(), 0);
}

TEST_F(ManifestTest, ARankThatGoesBackTakesBackWhatItSaid) {
  const auto chunk = [](int rank, int first, int last) {
    return "{\"file\":\"c" + std::to_string(first) + ".safetensors\",\"rank\":" + std::to_string(rank) +
           ",\"first_step\":" + std::to_string(first) + ",\"last_step\":" + std::to_string(last) +
           ",\"tokens\":4,\"dropped\":2}\n";
  };
  write(kHead + chunk(0, 1, 4) + chunk(0, 5, 8) + chunk(1, 5, 8) + "{\"rank\":0,\"void_from\":3}\n" +
        chunk(0, 3, 6));
  ManifestReader reader(folder_.path());
  ASSERT_TRUE(reader.read());
  const std::vector<ChunkNote>& chunks = reader.manifest().chunks;
  ASSERT_EQ(chunks.size(), 3U);
  EXPECT_EQ(chunks[0].first_step, 1);
  EXPECT_EQ(chunks[0].void_from, 3);
  EXPECT_EQ(chunks[1].rank, 1);
  EXPECT_GT(chunks[1].void_from, 8);
  EXPECT_EQ(chunks[2].first_step, 3);
  EXPECT_GT(chunks[2].void_from, 6);
  EXPECT_EQ(reader.manifest().dropped, 8);
}

TEST_F(ManifestTest, LayersAreAddedAtTheEndOfTheirList) {
  const auto layers = [](const std::string& list) { return "{\"layers\":[" + list + "]}\n"; };
  const std::string zero = R"({"id":0,"n_experts":9,"k":2})", one = R"({"id":1,"n_experts":4,"k":1})";
  write(kHead + layers(zero + "," + one) + layers(one + "," + zero) + layers(zero) + kLine);
  ManifestReader reader(folder_.path());
  ASSERT_TRUE(reader.read());
  EXPECT_EQ(reader.manifest().passed_over, 2);
  ASSERT_EQ(reader.manifest().layers.size(), 2U);
  EXPECT_EQ(reader.manifest().layers[1][0].experts, 9);
  EXPECT_EQ(reader.manifest().chunks[0].layers, 1U);
}

TEST_F(ManifestTest, RefusesFirstLinesThatAreNone) {
  const auto with = [&](std::string from, const std::string& to) {
    std::string text = kHead;
    text.replace(text.find(from), from.size(), to);
    write(text);
    return error();
  };
  EXPECT_THAT(with("routes/2", "routes/3"), AllOf(HasSubstr("line 1"), HasSubstr("format")));
  EXPECT_THAT(with("\"id\"}", "\"best\"}"), HasSubstr("order"));
  EXPECT_THAT(with("\"n_experts\":4", "\"n_experts\":0"), AllOf(HasSubstr("n_experts"), HasSubstr("1 to 65536")));
  EXPECT_THAT(with("\"n_experts\":4", "\"n_experts\":1e5"), HasSubstr("n_experts"));
  EXPECT_THAT(with("\"k\":1", "\"k\":5"), HasSubstr("at most n_experts"));
  EXPECT_THAT(with("\"id\":0", "\"id\":-1"), HasSubstr("layer 0"));
  EXPECT_THAT(with(",\"n_experts\":4,\"k\":1}", ",\"n_experts\":4,\"k\":1},{\"id\":0,\"n_experts\":4,\"k\":1}"),
              HasSubstr("no other layer"));
}

TEST_F(ManifestTest, NoNameLeadsOutOfTheFolder) {
  for (const std::string name : {"../a.safetensors", "/etc/passwd", "a/b", "..", ".hidden", "", "a\\\\b", "a b"}) {
    std::string line = kLine;
    line.replace(line.find("a.safetensors"), 13, name);
    write(kHead + line);
    ManifestReader reader(folder_.path());
    ASSERT_TRUE(reader.read());
    EXPECT_TRUE(reader.manifest().chunks.empty()) << name;
    EXPECT_EQ(reader.manifest().passed_over, 1) << name;
  }
}

TEST(RoutesFolder, IsReadAsPythonWroteIt) {
  const test::WrittenRoutes written;
  const auto reader = open_routes_folder(written.routes());
  ASSERT_TRUE(reader) << reader.error().message;
  const RecordingHead& head = (*reader)->head();
  EXPECT_EQ(head.order, ChoiceOrder::gate);
  EXPECT_EQ(head.vocabulary, 17);
  EXPECT_EQ(head.model, "toy");
  ASSERT_EQ(head.layers.size(), 3U);
  EXPECT_EQ(head.layers[2], (RecordedLayer{0, "mtp", 6, 3}));
  std::size_t chunks = 0;
  for (const Json& expected : *written.expected["chunks"].array_items()) {
    EXPECT_TRUE((*reader)->next_step());
    const auto chunk = (*reader)->next();
    ASSERT_TRUE(chunk && *chunk) << expected["file"].text();
    const RecordedChunk& read = **chunk;
    ++chunks;
    EXPECT_EQ(read.rank, *expected["rank"].integer());
    ASSERT_EQ(read.tokens(), 80U);
    EXPECT_EQ(read.token[16], 16);
    EXPECT_EQ(read.sequence[39], 1);
    EXPECT_FLOAT_EQ(read.step_loss[0], static_cast<float>(3 + static_cast<double>(read.step[0]) / 10));
    EXPECT_TRUE(std::isnan(read.step_loss[1]));
    for (std::size_t l = 0; l < 3; ++l) {
      const Json& rows = expected["experts"][l];
      const Assignments given = assignments_of(read, l, head.order);
      if (rows.is_null()) {
        EXPECT_TRUE(read.cells[l].empty());
        EXPECT_EQ(given.tokens(), 0U);
        continue;
      }
      ASSERT_EQ(given.tokens(), rows.size());
      for (std::size_t t = 0; t < rows.size(); ++t) {
        ASSERT_EQ(given.of(t).size(), rows[t].size()) << l << ", " << t;
        for (std::size_t j = 0; j < rows[t].size(); ++j) EXPECT_EQ(given.of(t)[j], *rows[t][j].integer());
      }
    }
    for (std::size_t i = 0; i < read.cells[0].weight.size(); ++i)
      EXPECT_EQ(read.cells[0].weight[i], static_cast<float>(*expected["weights_0"][i].number()));
    for (std::size_t i = 0; i < read.cells[0].logits.size(); ++i)
      EXPECT_EQ(read.cells[0].logits[i], static_cast<float>(*expected["logits_0"][i].number()));
    EXPECT_EQ(read.cells[0].hidden_width, 4);
    ASSERT_EQ(read.cells[0].hidden.size(), 320U);
    for (std::size_t i = 0; i < 320; ++i)
      EXPECT_EQ(read.cells[0].hidden[i], static_cast<float>(*expected["hidden_0"][i].number()));
    EXPECT_TRUE(read.cells[1].hidden.empty());
    EXPECT_EQ(read.cells[2].counts.size(), 12U);
    EXPECT_EQ(read.cells[2].counts[6], -1);
  }
  EXPECT_EQ(chunks, 6U);
  EXPECT_FALSE((*reader)->next_step());
  const auto end = (*reader)->next();
  EXPECT_TRUE(end && !*end);
  EXPECT_TRUE((*reader)->notes().empty());
}

TEST(RoutesFolder, WhatCannotBeReadIsLeftOutAndSaid) {
  const test::WrittenRoutes written;
  std::filesystem::remove(written.routes() / "chunk-r000-000001.safetensors");
  const std::filesystem::path link = written.routes() / "chunk-r001-000001.safetensors";
  std::filesystem::rename(link, written.routes() / "away");
  std::filesystem::create_symlink("away", link);
  const auto reader = open_routes_folder(written.routes());
  ASSERT_TRUE(reader);
  int chunks = 0;
  for (auto chunk = (*reader)->next(); chunk && *chunk; chunk = (*reader)->next()) ++chunks;
  EXPECT_EQ(chunks, 4);
  EXPECT_THAT((*reader)->notes(), ElementsAre(AllOf(HasSubstr("2 of 6 chunks"), HasSubstr("no such file"))));
}

TEST(RoutesFolder, MutantsEndInAMessageOrAValue) {
  const test::WrittenRoutes written;
  const std::filesystem::path manifest = written.routes() / "manifest.jsonl",
                              file = written.routes() / "chunk-r000-000001.safetensors";
  const std::string good_manifest = test::text_of_file(manifest), good_chunk = test::text_of_file(file);
  const auto read_all = [&] {
    const auto reader = open_routes_folder(written.routes());
    if (!reader) return false;
    for (auto chunk = (*reader)->next(); chunk && *chunk; chunk = (*reader)->next())
      for (std::size_t l = 0; l < (*chunk)->cells.size(); ++l) (void)assignments_of(**chunk, l, ChoiceOrder::id);
    return (*reader)->notes().empty();
  };
  const int read = test::try_mutants(good_manifest, 1, [&](const std::string& bad) {
    std::ofstream(manifest, std::ios::binary) << bad;
    return read_all();
  });
  EXPECT_LT(read, test::mutant_count());
  std::ofstream(manifest, std::ios::binary) << good_manifest;
  ManifestReader notes(written.routes());
  ASSERT_TRUE(notes.read());
  ASSERT_EQ(notes.manifest().chunks[0].file, file.filename());
  const int taken = test::try_mutants(good_chunk, 2, [&](const std::string& bad) {
    std::ofstream(file, std::ios::binary) << bad;
    const auto chunk = read_chunk(written.routes(), notes.manifest().chunks[0], notes.manifest().layers[0]);
    if (!chunk) {
      EXPECT_THAT(chunk.error().message, HasSubstr(file.native()));
    }
    return static_cast<bool>(chunk);
  });
  EXPECT_LT(taken, test::mutant_count());
#ifndef __SANITIZE_ADDRESS__  // which keeps what is freed
  // No gigabyte, whatever a file claims.
  rusage used{};
  ASSERT_EQ(getrusage(RUSAGE_SELF, &used), 0);
  EXPECT_LT(used.ru_maxrss, 1'000'000);
#endif
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
