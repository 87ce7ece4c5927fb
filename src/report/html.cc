#include "report/html.h"

#include <algorithm>

#include "report/html_style.h"
#include "report/printable.h"

namespace report {

namespace {

std::string escaped(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      case '\'':
        html += "&#39;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string shown(std::string_view text) {
  return escaped(printable(text));
}

const char* class_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "good";
    case Tone::bad:
      return "bad";
    case Tone::warning:
      return "warning";
    case Tone::muted:
      return "muted";
    case Tone::plain:
    case Tone::strong:
      return "";
  }
  return "";
}

// Decoration: the headline says it in words.
const char* mark_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return R"(<span class="mark" aria-hidden="true">✓</span>)";
    case Tone::bad:
      return R"(<span class="mark" aria-hidden="true">✗</span>)";
    case Tone::warning:
      return R"(<span class="mark" aria-hidden="true">!</span>)";
    default:
      return "";
  }
}

std::string inline_html(const Line& line) {
  std::string html;
  for (const Span& span : line) {
    if (span.text.empty()) continue;
    const std::string name = class_of(span.tone);
    std::string text = shown(span.text);
    if (span.code) text = "<code>" + text + "</code>";
    if (span.tone == Tone::strong) text = "<strong>" + text + "</strong>";
    if (!name.empty()) text = "<span class=\"" + name + "\">" + text + "</span>";
    html += text;
  }
  return html;
}

class Renderer {
 public:
  std::string render(const std::vector<Block>& blocks) {
    for (const Block& block : blocks) std::visit(*this, block);
    return std::move(out_);
  }

  void operator()(const Banner& banner) {
    out_ += std::string("<section class=\"banner ") + class_of(banner.tone) + "\" aria-label=\"Result\">\n";
    out_ += std::string("<p class=\"headline\">") + mark_of(banner.tone) + shown(banner.headline) + "</p>\n";
    for (const std::string& detail : banner.details) out_ += "<p>" + shown(detail) + "</p>\n";
    out_ += "</section>\n";
  }

  void operator()(const Heading& heading) {
    const std::string tag = "h" + std::to_string(std::clamp(heading.level, 1, 6));
    out_ += "<" + tag + ">" + shown(heading.text) + "</" + tag + ">\n";
    last_heading_ = heading.text;
  }

  void operator()(const Paragraph& paragraph) { out_ += "<p>" + inline_html(paragraph.line) + "</p>\n"; }

  void operator()(const Bullets& bullets) {
    if (bullets.items.empty()) return;
    out_ += "<ul>\n";
    for (const Line& item : bullets.items) out_ += "<li>" + inline_html(item) + "</li>\n";
    out_ += "</ul>\n";
  }

  // The box around it scrolls where the screen is too narrow, by keyboard too.
  void operator()(const Table& table) {
    if (table.columns.empty()) return;
    const std::string label = last_heading_.empty() ? "Table" : last_heading_;
    out_ += "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"" + shown(label) + "\"><table>\n";
    head(table);
    out_ += "<tbody>\n";
    for (const Table::Row& row : table.rows) body_row(table, row);
    out_ += "</tbody>\n</table></div>\n";
  }

  void operator()(const Pairs& pairs) {
    if (pairs.items.empty()) return;
    out_ += "<dl>\n";
    for (const auto& [label, value] : pairs.items) {
      out_ += "<dt>" + shown(label) + "</dt><dd>" + inline_html(value) + "</dd>\n";
    }
    out_ += "</dl>\n";
  }

  void operator()(const Code& code) {
    out_ += "<figure>";
    if (!code.title.empty()) out_ += "<figcaption>" + shown(code.title) + "</figcaption>";
    out_ += "<pre tabindex=\"0\"><code>";
    for (const std::string& line : printable_lines(code.text)) out_ += escaped(line) + '\n';
    out_ += "</code></pre></figure>\n";
  }

  void operator()(const Section& section) {
    out_ += section.open ? "<details open>" : "<details>";
    out_ += "<summary>" + inline_html(section.summary) + "</summary>\n<div class=\"inside\">\n";
    for (const Block& block : section.blocks) std::visit(*this, block);
    out_ += "</div></details>\n";
  }

 private:
  void head(const Table& table) {
    const auto titled = [](const Table::Column& column) { return !column.title.empty(); };
    if (std::none_of(table.columns.begin(), table.columns.end(), titled)) return;
    out_ += "<thead><tr>";
    for (const Table::Column& column : table.columns) {
      if (!titled(column)) {
        out_ += "<td></td>";
        continue;
      }
      out_ += "<th scope=\"col\"" + alignment(column) + ">" + shown(column.title) + "</th>";
    }
    out_ += "</tr></thead>\n";
  }

  void body_row(const Table& table, const Table::Row& row) {
    out_ += row.indent > 0 ? "<tr class=\"part\" style=\"--depth:" + std::to_string(row.indent) + "\">" : "<tr>";
    for (std::size_t c = 0; c < table.columns.size(); ++c) {
      const std::string content = c < row.cells.size() ? inline_html(row.cells[c]) : "";
      const std::string tag = c == 0 && !content.empty() ? "th" : "td";
      out_ += "<" + tag + (tag == "th" ? " scope=\"row\"" : "") + alignment(table.columns[c]) + ">" + content + "</" +
              tag + ">";
    }
    out_ += "</tr>\n";
  }

  static std::string alignment(const Table::Column& column) {
    return column.align == Align::right ? " class=\"right\"" : "";
  }

  std::string out_;
  std::string last_heading_;  // names the tables below it
};

}  // namespace

std::string to_html(const Document& document) {
  return R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>)" +
         shown(document.title) + "</title>\n<style>" + std::string(html_style) + "</style>\n</head>\n<body>\n<main>\n" +
         Renderer().render(document.blocks) + "</main>\n</body>\n</html>\n";
}

}  // namespace report
