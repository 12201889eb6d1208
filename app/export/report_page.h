// A page of HTML in one file: it loads nothing, runs nothing, and prints. Its policy says so to the browser too
// (Content-Security-Policy, W3C): no script, no font, no picture but those inside it.
//
// All text passes through html_text(): whatever it holds, it is shown and means nothing.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace switchyard::app {

// Printable (core/base/printable.h), with what would be a mark of HTML named: &lt;script&gt;
std::string html_text(std::string_view text);
// "data:image/svg+xml;base64,PHN2..." (RFC 2397, RFC 4648)
std::string data_uri(std::string_view media_type, std::string_view bytes);

struct HtmlTable {
  std::vector<std::string> columns;            // plain text, as the rows
  std::vector<std::vector<std::string>> rows;  // numbers are set to the right
};
// empty: in place of a table without rows, plain text.
std::string html_table(const HtmlTable& table, std::string_view empty = {});
// What is known of one thing, a name and a value a row.
using Facts = std::vector<std::pair<std::string, std::string>>;
std::string html_facts(const Facts& facts);

struct PageSection {
  std::string id, title;  // of an anchor: letters, digits and dashes; plain text
  std::string body;       // HTML
};
struct Page {
  std::string title, subtitle, foot;  // plain text
  std::vector<PageSection> sections;  // with a list of contents above them
};
std::string html_page(const Page& page);

}  // namespace switchyard::app
