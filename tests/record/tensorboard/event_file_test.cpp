// The bytes that TensorBoard reads: sums, frames, messages.
#include "core/record/tensorboard/event_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cmath>
#include <fstream>
#include <limits>
#include <numeric>

#include "core/record/tensorboard/crc32c.h"
#include "core/record/tensorboard/event_bytes.h"
#include "tests/record/tensorboard/read_events.h"

namespace switchyard {
namespace SWITCHYARD_TEST_FILE {

using test::read_events;

// RFC 3720, appendix B.4.
TEST(Crc32c, IsThatOfTheStandard) {
  std::string rising(32, '\0'), falling;
  std::iota(rising.begin(), rising.end(), '\0');
  falling.assign(rising.rbegin(), rising.rend());
  EXPECT_EQ(crc32c(std::string(32, '\0')), 0x8A9136AAu);
  EXPECT_EQ(crc32c(std::string(32, '\xFF')), 0x62A8AB43u);
  EXPECT_EQ(crc32c(rising), 0x46DD794Eu);
  EXPECT_EQ(crc32c(falling), 0x113FDB5Cu);
  EXPECT_EQ(crc32c("123456789"), 0xE3069283u);
  EXPECT_EQ(crc32c(""), 0u);
  EXPECT_EQ(masked_crc32c(""), 0xA282EAD8u);
}

TEST(EventBytes, AreReadByProtobuf) {
  std::string summary;
  const std::vector<float> values{1.5F, -0.0F, std::numeric_limits<float>::infinity(),
                                  std::numeric_limits<float>::quiet_NaN(),
                                  std::numeric_limits<float>::denorm_min()};
  const std::string long_tag(300, 't');
  const ScalarTag tag(long_tag);
  for (const float value : values) tag.add(summary, value);
  const std::vector<double> amounts{0, 4, 0, 2.5, 0};
  add_histogram(summary, "layer0/tokens", amounts);
  add_histogram(summary, "none", std::vector<double>{0, 0});
  const std::string text = "caf\xC3\xA9 | `x`\n";
  add_text(summary, "config", text);
  const std::int64_t step = std::int64_t{1} << 40;
  const auto events = read_events(framed(version_event(1.25)) + framed(start_event(2)) +
                                  framed(summary_event(1.75e9, step, summary)));
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0].file_version(), "brain.Event:2");
  EXPECT_EQ(events[0].wall_time(), 1.25);
  EXPECT_EQ(events[1].session_log().status(), test::schema::SessionLog::START);
  EXPECT_EQ(events[2].wall_time(), 1.75e9);
  EXPECT_EQ(events[2].step(), step);
  ASSERT_EQ(events[2].summary().value_size(), 8);
  for (int i = 0; i < 5; ++i) {
    const auto& value = events[2].summary().value(i);
    EXPECT_EQ(value.tag(), long_tag);
    ASSERT_EQ(value.value_case(), test::schema::Summary::Value::kSimpleValue);
    const float wanted = values[static_cast<std::size_t>(i)];
    EXPECT_TRUE(value.simple_value() == wanted || (std::isnan(wanted) && std::isnan(value.simple_value())));
    EXPECT_EQ(std::signbit(value.simple_value()), std::signbit(wanted));
  }
  const auto& histogram = events[2].summary().value(5).histo();
  EXPECT_EQ(std::vector<double>(histogram.bucket().begin(), histogram.bucket().end()), amounts);
  EXPECT_EQ(std::vector<double>(histogram.bucket_limit().begin(), histogram.bucket_limit().end()),
            (std::vector<double>{0.5, 1.5, 2.5, 3.5, 4.5}));
  EXPECT_EQ(histogram.min(), 0.5)
      << "TensorBoard takes it for the left edge of the first bucket that holds anything";
  EXPECT_EQ(histogram.max(), 3.5);
  EXPECT_EQ(histogram.num(), 6.5);
  EXPECT_EQ(histogram.sum(), 4 * 1 + 2.5 * 3);
  EXPECT_EQ(histogram.sum_squares(), 4 * 1 + 2.5 * 9);
  EXPECT_EQ(events[2].summary().value(6).histo().num(), 0);
  EXPECT_EQ(events[2].summary().value(6).histo().bucket_size(), 2);
  EXPECT_EQ(test::texts_of(events, "config"), (std::vector<std::pair<std::int64_t, std::string>>{{step, text}}));
}

// Cut anywhere, what is whole before is found, and the greatest step of it.
TEST(EventFile, ATornEndIsFound) {
  std::string summary, bytes;
  ScalarTag("loss/train").add(summary, 1);
  std::vector<std::size_t> ends{0};
  bytes = framed(version_event(1)), ends.push_back(bytes.size());
  for (const std::int64_t step : std::initializer_list<std::int64_t>{1, 127, 128, 3'000'000'000})
    bytes += framed(summary_event(1, step, summary)), ends.push_back(bytes.size());
  bytes += framed(summary_event(1, 7, std::string(700'000, '\0'))), ends.push_back(bytes.size());
  test::TemporaryFolder folder;
  const auto path = folder.path() / "events";
  std::ofstream(path) << bytes;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  const std::int64_t steps[] = {0, 0, 1, 127, 128, 3'000'000'000, 3'000'000'000};
  for (std::size_t cut = 0; cut <= bytes.size(); cut += cut < 400 ? 1 : 9973) {
    const auto extent = extent_of_events(file, 0, static_cast<std::int64_t>(cut));
    std::size_t whole = 0;
    while (whole + 1 < ends.size() && ends[whole + 1] <= cut) ++whole;
    EXPECT_EQ(extent.whole, static_cast<std::int64_t>(ends[whole])) << cut;
    EXPECT_EQ(extent.last_step.value_or(0), steps[whole]) << cut;
  }
  const auto tail =
      extent_of_events(file, static_cast<std::int64_t>(ends[5]), static_cast<std::int64_t>(bytes.size()));
  EXPECT_EQ(tail.whole, static_cast<std::int64_t>(bytes.size()));
  EXPECT_EQ(tail.last_step, 7);
  ::close(file);
  // What is no frame, or says that it is endless, ends it.
  std::string damaged = bytes.substr(0, ends[2]) + std::string(64, '\xFF');
  std::ofstream(path, std::ios::trunc) << damaged;
  const int again = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  EXPECT_EQ(extent_of_events(again, 0, static_cast<std::int64_t>(damaged.size())).whole,
            static_cast<std::int64_t>(ends[2]));
  ::close(again);
}

TEST(EventFile, NamesNoHostAndIsFoundByItsName) {
  EXPECT_EQ(event_file_name(1796000000), "events.out.tfevents.1796000000.switchyard");
  test::TemporaryFolder folder;
  EXPECT_EQ(find_event_file(folder.path()), "");
  for (const char* name : {"events.out.tfevents.1796000000.switchyard", "events.out.tfevents.999.switchyard",
                           "events.out.tfevents.1796000001.host.1.0.v2", "events.out.tfevents..switchyard"})
    folder.write(name, "");
  EXPECT_EQ(find_event_file(folder.path()), "events.out.tfevents.1796000000.switchyard");
  EXPECT_EQ(find_event_file(folder.path() / "none"), "");
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard
