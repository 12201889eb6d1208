// A run as one page: whole, inert, and the same each time.
#include "app/export/run_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "app/export/report_page.h"
#include "app/export/run_figures.h"
#include "core/record/folder/run_place.h"
#include "tests/app/panels/panel_scene.h"
#include "tests/study/written_study.h"
#include "tests/support/font_library.h"
#include "tests/support/temporary_folder.h"

namespace switchyard::app {
namespace SWITCHYARD_TEST_FILE {

const auto* const fonts_end = test::end_fontconfig_after_tests();

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::size_t count(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

// The pictures are long: what is looked for is in the rest.
std::string without_data(std::string html) {
  for (std::size_t at = 0; (at = html.find(";base64,", at)) != std::string::npos; at += 8)
    html.erase(at + 8, html.find('"', at) - at - 8);
  return html;
}

FinishedRun finished_run(const scene::Scene& run) {
  return {.history = run.view.history, .snapshot = scene::borrowed(run.seen), .status = run.status};
}

Report report_on(FinishedRun run, const std::filesystem::path& folder) {
  auto report = report_of(std::move(run), folder);
  EXPECT_TRUE(report) << report.error().message;
  return report ? std::move(*report) : Report{};
}

TEST(ReportPage, TextIsShownAndMeansNothing) {
  EXPECT_EQ(html_text("<script>alert('1') & \"2\"</script>"),
            "&lt;script&gt;alert(&#39;1&#39;) &amp; &quot;2&quot;&lt;/script&gt;");
  EXPECT_EQ(html_text("a\x1b[2Jb\nc\xff\u202e"), "a\\x1b[2Jb\\nc\\xff\\u202e");
  EXPECT_EQ(data_uri("text/csv", "a,b\n"), "data:text/csv;base64,YSxiCg==");
  EXPECT_EQ(data_uri("image/svg+xml", ""), "data:image/svg+xml;base64,");
  const std::string table = html_table({{"token", "loss"}, {{"<b>", "1.5"}, {"=1+1", ""}}});
  EXPECT_THAT(table, AllOf(HasSubstr("<td>&lt;b&gt;</td><td class=\"n\">1.5</td>"), HasSubstr("<td>=1+1</td>")));
  EXPECT_EQ(html_table({{"a"}, {}}, "none <yet>"), "<p class=\"dim\">none &lt;yet&gt;</p>\n");
}

// Nothing in it loads or runs: neither by its own policy, nor by what stands there.
TEST(RunReport, LoadsNothingAndRunsNothing) {
  const scene::Scene scene({});
  FinishedRun run = finished_run(scene);
  run.status.corpus_name = "<script>alert(1)</script>\x1b.txt";
  run.status.run_folder = "/home/ann/secret/run";
  RunEvent edit;
  edit.kind = EventKind::set;
  edit.step = 7;
  edit.changes = {{"top_k", "<img src=x onerror=alert(1)>", "2"}};
  run.history.append(edit);
  const test::TemporaryFolder folder;
  const std::string html = without_data(report_on(std::move(run), folder.path()).html);
  EXPECT_TRUE(html.find("content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\"") !=
              std::string::npos);
  for (const char* part :
       {"<script", "onerror=alert(1)>", "<img src=x", "http:", "https:", "url(", "/home/ann", "@import", "\x1b"})
    EXPECT_EQ(count(html, part), 0u) << part;
  EXPECT_GT(count(html, "&lt;script&gt;"), 0u);
  EXPECT_GT(count(html, "&lt;img src=x"), 0u);
  // Every picture and every file is inside.
  EXPECT_EQ(count(html, " src=\""), count(html, " src=\"data:image/svg+xml;base64,"));
  EXPECT_EQ(count(html, " href=\""), count(html, " href=\"#") + count(html, " href=\"data:text/csv;base64,"));
}

TEST(RunReport, HasEveryFigureWithItsNumbersAndAContents) {
  const scene::Scene scene({});
  const test::TemporaryFolder folder;
  const Report report = report_on(finished_run(scene), folder.path());
  const std::string html = without_data(report.html);
  std::size_t panels = 0;
  ASSERT_TRUE(draw_run_panels(finished_run(scene), {}, [&](PanelExport, const ExportWriter::Look&) { ++panels; }));
  EXPECT_EQ(count(html, "<figure>"), panels);
  EXPECT_EQ(count(html, "<img "), panels);
  EXPECT_EQ(count(html, "<summary>The numbers: "), panels);
  // Each entry of the contents is a place in the page, once.
  std::set<std::string> ids;
  for (std::size_t at = 0; (at = html.find("<section id=\"", at)) != std::string::npos; ++at)
    EXPECT_TRUE(ids.insert(html.substr(at + 13, html.find('"', at + 13) - at - 13)).second);
  EXPECT_EQ(count(html, "<li><a href=\"#"), ids.size());
  for (const std::string& id : ids) EXPECT_EQ(count(html, "<li><a href=\"#" + id + "\">"), 1u) << id;
  EXPECT_THAT(html, HasSubstr("What differs from how Switchyard starts"));
  EXPECT_TRUE(report.html == report_on(finished_run(scene), folder.path()).html) << "the same bytes each time";
}

// A run of a study says what the study found.
TEST(RunReport, ARunOfAStudyHasItsVerdict) {
  test::WrittenStudy study({"a", "b <fast>"}, 3);
  study.write("a", {2, 2.1, 2.2});
  study.write("b <fast>", {1.5, 1.61, 1.69});
  const scene::Scene scene({});
  const std::filesystem::path run = run_folder_of(study.path(), study.plan().arms[1], 2);
  const std::string html = report_on(finished_run(scene), run).html;
  EXPECT_TRUE(html.find("b &lt;fast&gt; is better than a by 0.50") != std::string::npos);
  const test::TemporaryFolder elsewhere;
  EXPECT_EQ(count(report_on(finished_run(scene), elsewhere.path()).html, "How sure it is"), 0u);
}

}  // namespace SWITCHYARD_TEST_FILE
}  // namespace switchyard::app
