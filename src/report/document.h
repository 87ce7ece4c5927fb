// A report as a tree of blocks, independent of how it is shown. Renderers: text.h (terminals), html.h (one file).
//
// Strings are UTF-8 and plain: renderers escape and sanitise them, so that no value out of a database can steer a
// terminal or a browser.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace report {

enum class Tone { plain, good, bad, warning, muted, strong };

struct Span {
  std::string text;
  Tone tone = Tone::plain;
  bool code = false;  // monospaced in HTML
};
using Line = std::vector<Span>;

// The verdict: where the eye lands.
struct Banner {
  Tone tone = Tone::plain;
  std::string headline;              // "BREAKS THE CONTRACT"
  std::vector<std::string> details;  // a sentence each
};
struct Heading {
  int level = 2;  // 1 is the report's title
  std::string text;
};
struct Paragraph {
  Line line;
};
struct Bullets {
  std::vector<Line> items;
};
enum class Align { left, right };
struct Table {
  struct Column {
    std::string title;
    Align align = Align::left;
    bool wraps = false;  // what does not fit goes on below, on a terminal; else it is cut
  };
  std::vector<Column> columns;
  struct Row {
    std::vector<Line> cells;
    int indent = 0;  // of the first cell: a row that belongs to the one above it
  };
  std::vector<Row> rows;
};
// Label and value, one a line.
struct Pairs {
  std::vector<std::pair<std::string, Line>> items;
};
// Text whose line breaks and blanks matter (SQL). `title` stands above it, e.g. "cleanup.sql:3".
struct Code {
  std::string title;
  std::string text;
};
// Blocks that an HTML page may fold away; text shows them indented.
struct Section;
using Block = std::variant<Banner, Heading, Paragraph, Bullets, Table, Pairs, Code, Section>;
struct Section {
  Line summary;
  bool open = true;
  std::vector<Block> blocks;
};

struct Document {
  std::string title;
  std::vector<Block> blocks;
};

}  // namespace report
