#include "app/export/report_page.h"

#include <fmt/format.h>
#include <nettle/base64.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "core/base/printable.h"

namespace switchyard::app {
namespace {

// Read at any width, and on paper: a figure and its title stay together, folded numbers stay folded.
constexpr std::string_view kStyle = R"(
:root { color-scheme: light; --ink: #1b1d22; --dim: #5a5f6b; --line: #d9dce3; --ground: #f4f5f8; --accent: #5b43d6; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 2.5rem 1.5rem 4rem; color: var(--ink); background: #fff;
  font: 16px/1.5 Inter, system-ui, "Segoe UI", Roboto, sans-serif; overflow-wrap: anywhere; }
h1 { margin: 0; font-size: 1.9rem; line-height: 1.2; }
h2 { margin: 3rem 0 1rem; padding-top: .8rem; border-top: 2px solid var(--ink); font-size: 1.35rem; }
h3 { margin: 2rem 0 .4rem; font-size: 1.05rem; }
p { margin: .4rem 0 1rem; } a { color: var(--accent); }
.dim, footer { color: var(--dim); } .small { font-size: .88rem; }
nav ul { columns: 11rem; margin: 0; padding: 0; list-style: none; }
nav { margin-top: 2rem; padding: 1rem 1.25rem; background: var(--ground); border-radius: .5rem; }
table { border-collapse: collapse; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { font-weight: 600; white-space: nowrap; } td.n, th.n { text-align: right; white-space: nowrap; }
td { overflow-wrap: normal; } .facts th { padding-right: 1.5rem; font-weight: 400; color: var(--dim); }
.facts td { overflow-wrap: anywhere; } .wide { overflow-x: auto; max-height: 26rem; }
figure { margin: 0 0 1.5rem; } figure img { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: .5rem; }
figcaption { margin: .4rem 0; font-size: .92rem; }
details { margin: .5rem 0; } summary { cursor: pointer; color: var(--accent); font-size: .92rem; }
.verdict { padding: 1rem 1.25rem; border-left: 4px solid var(--accent); background: var(--ground); font-size: 1.1rem; }
footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--line); font-size: .88rem; }
@media print { @page { margin: 16mm 14mm; } body { max-width: none; padding: 0; font-size: 10.5pt; }
  h2, h3, figcaption { break-after: avoid; } figure, tr, .verdict { break-inside: avoid; } .wide { overflow: visible; max-height: none; }
  details, nav { break-inside: avoid; } a { color: inherit; text-decoration: none; } summary { display: none; } }
)";

bool is_number(const std::string& cell) {
  char* end = nullptr;
  return !cell.empty() && (std::strtod(cell.c_str(), &end), *end == '\0') && cell[0] != ' ';
}

// Columns whose cells are all numbers, or nothing.
std::vector<bool> number_columns(const HtmlTable& table) {
  std::vector<bool> numbers(table.columns.size(), false);
  for (std::size_t c = 0; c < numbers.size(); ++c) {
    bool any = false;
    numbers[c] = std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) {
      if (c >= row.size() || row[c].empty()) return true;
      any = true;
      return is_number(row[c]);
    });
    numbers[c] = numbers[c] && any;
  }
  return numbers;
}

}  // namespace

std::string html_text(std::string_view text) {
  std::string out;
  for (const char c : printable(text)) switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  return out;
}

std::string data_uri(std::string_view media_type, std::string_view bytes) {
  std::string encoded(BASE64_ENCODE_RAW_LENGTH(bytes.size()), '\0');
  nettle_base64_encode_raw(encoded.data(), bytes.size(), reinterpret_cast<const std::uint8_t*>(bytes.data()));
  return fmt::format("data:{};base64,{}", media_type, encoded);
}

std::string html_table(const HtmlTable& table, std::string_view empty) {
  if (table.rows.empty()) return fmt::format("<p class=\"dim\">{}</p>\n", html_text(empty));
  const std::vector<bool> numbers = number_columns(table);
  const auto kind = [&](std::size_t c) { return numbers[c] ? " class=\"n\"" : ""; };
  std::string out = "<div class=\"wide\"><table><thead><tr>";
  for (std::size_t c = 0; c < table.columns.size(); ++c)
    out += fmt::format("<th{}>{}</th>", kind(c), html_text(table.columns[c]));
  out += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      out += fmt::format("<td{}>{}</td>", kind(c), c < row.size() ? html_text(row[c]) : std::string());
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string html_facts(const Facts& facts) {
  std::string out = "<table class=\"facts\">\n";
  for (const auto& [name, value] : facts)
    out += fmt::format("<tr><th>{}</th><td>{}</td></tr>\n", html_text(name), html_text(value));
  return out + "</table>\n";
}

std::string html_page(const Page& page) {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; "
      "img-src data:\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<header>\n<h1>{}</h1>\n<p class=\"dim\">{}</p>\n</header>\n<nav aria-label=\"Contents\"><ul>\n",
      html_text(page.title), kStyle, html_text(page.title), html_text(page.subtitle));
  for (const PageSection& section : page.sections)
    out += fmt::format("<li><a href=\"#{}\">{}</a></li>\n", section.id, html_text(section.title));
  out += "</ul></nav>\n<main>\n";
  for (const PageSection& section : page.sections)
    out += fmt::format("<section id=\"{}\">\n<h2>{}</h2>\n{}</section>\n", section.id, html_text(section.title),
                       section.body);
  return out + fmt::format("</main>\n<footer>{}</footer>\n</body>\n</html>\n", html_text(page.foot));
}

}  // namespace switchyard::app
