#include "report/text.h"

#include <algorithm>

#include "report/cells.h"
#include "report/paint.h"
#include "report/printable.h"
#include "report/table.h"

namespace report {

namespace {

constexpr std::size_t prose_width = 100;  // longer lines are hard to read, however wide the terminal is
constexpr std::size_t least_width = 20;   // below this a layout makes no sense; it is kept, and the terminal wraps
constexpr std::size_t frame = 4;          // of a banner: an edge and a blank on either side
constexpr std::size_t step = 2;           // what belongs to something stands this much further in

std::string repeat(std::string_view text, std::size_t times) {
  std::string repeated;
  for (std::size_t i = 0; i < times; ++i) repeated += text;
  return repeated;
}

const char* mark_of(Tone tone) {
  switch (tone) {
    case Tone::good:
      return "✓ ";
    case Tone::bad:
      return "✗ ";
    case Tone::warning:
      return "! ";
    default:
      return "";
  }
}

class Renderer {
 public:
  explicit Renderer(const TextOptions& options)
      : columns_(std::max(least_width, static_cast<std::size_t>(std::max(options.columns, 0)))),
        paint_(options.colour) {}

  std::string render(const std::vector<Block>& blocks) {
    show(blocks);
    return std::move(out_);
  }

  void operator()(const Banner& banner) {
    const std::string mark = mark_of(banner.tone);
    const std::size_t inset = display_width(mark);
    const std::size_t width = std::min(columns_, prose_width) - frame;
    std::vector<Cells> headline;
    for (Cells& line : wrap_within(cells_of({{banner.headline, Tone::strong}}), width - inset)) {
      const Cells before = cells_of({{headline.empty() ? mark : std::string(inset, ' '), Tone::strong}});
      line.insert(line.begin(), before.begin(), before.end());
      headline.push_back(std::move(line));
    }
    std::vector<Cells> details;
    for (const std::string& detail : banner.details) {
      for (Cells& line : wrap_within(cells_of({{detail}}), width - inset)) {
        line.insert(line.begin(), inset, Cell{" "});
        details.push_back(std::move(line));
      }
    }
    paint_.colour() ? bar(banner.tone, headline, details, width) : box(headline, details, width);
  }

  void operator()(const Heading& heading) {
    const std::size_t indent = margin_ - step;
    const std::size_t width = std::min(columns_, prose_width) - indent;
    std::size_t used = 0;
    std::vector<Cells> lines = wrap_within(cells_of({{heading.text, Tone::strong}}), width);
    for (const Cells& line : lines) used = std::max(used, width_of(line));
    if (heading.level == 2 && used + 2 <= width) {
      const Cells rule = cells_of({{" " + repeat("─", width - used - 1), Tone::muted}});
      lines.back().insert(lines.back().end(), rule.begin(), rule.end());
    }
    for (const Cells& line : lines) put(indent, line);
    if (heading.level <= 1) put(indent, cells_of({{repeat("═", used), Tone::muted}}));
    joined_ = heading.level > 1;
  }

  void operator()(const Paragraph& paragraph) { put_wrapped({}, cells_of(paragraph.line), 0); }

  void operator()(const Bullets& bullets) {
    for (const Line& item : bullets.items) put_wrapped(cells_of({{"• ", Tone::muted}}), cells_of(item), step);
  }

  void operator()(const Table& table) {
    for (const Cells& line : table_lines(table, columns_ - margin_)) put(margin_, line);
  }

  void operator()(const Pairs& pairs) {
    const std::size_t most = (columns_ - margin_) / 3;
    std::size_t width = 0;
    for (const auto& [label, value] : pairs.items) width = std::max(width, display_width(printable(label)));
    width = std::min(width, most);
    for (const auto& [label, value] : pairs.items) {
      Cells head = cut(cells_of({{label, Tone::muted}}), width);
      head.insert(head.end(), width + step - width_of(head), Cell{" "});
      put_wrapped(head, cells_of(value), width + step);
    }
  }

  void operator()(const Code& code) {
    const Cells rail = cells_of({{"│ ", Tone::muted}});
    if (!code.title.empty()) put_wrapped({}, cells_of({{code.title, Tone::muted}}), 0);
    for (const std::string& text : printable_lines(code.text)) {
      for (Cells& line : fold(cells_of({{text}}), columns_ - margin_ - width_of(rail))) {
        line.insert(line.begin(), rail.begin(), rail.end());
        put(margin_, line);
      }
    }
  }

  void operator()(const Section& section) {
    put_wrapped({}, cells_of(section.summary), 0);
    joined_ = true;
    margin_ += step;
    show(section.blocks);
    margin_ -= step;
    joined_ = false;
  }

 private:
  // One empty line between blocks, and none below a heading or a summary.
  void show(const std::vector<Block>& blocks) {
    for (const Block& block : blocks) {
      if (!out_.empty() && !joined_) out_ += '\n';
      joined_ = false;
      std::visit(*this, block);
    }
  }

  void put(std::size_t indent, const Cells& cells) {
    std::size_t end = cells.size();
    while (end > 0 && cells[end - 1].blank()) --end;
    if (end > 0)
      out_ += std::string(indent, ' ') + paint_(Cells(cells.begin(), cells.begin() + static_cast<long>(end)));
    out_ += '\n';
  }

  // `head` and then `cells`, the lines after the first indented by `hang`.
  void put_wrapped(const Cells& head, const Cells& cells, std::size_t hang) {
    const std::size_t width = std::min(columns_, prose_width) - margin_ - hang;
    bool first = true;
    for (Cells& line : wrap(cells, width)) {
      const Cells before = first ? head : Cells(hang, Cell{" "});
      line.insert(line.begin(), before.begin(), before.end());
      put(margin_, line);
      first = false;
    }
  }

  void bar(Tone tone, const std::vector<Cells>& headline, const std::vector<Cells>& details, std::size_t width) {
    const auto solid = [&](const Cells& line) {
      std::string text = "  ";
      for (const Cell& cell : line) text += cell.text;
      text.append(width + 2 - std::min(width + 2, width_of(line)), ' ');
      out_ += paint_.on_bar(text, tone) + '\n';
    };
    solid({});
    for (const Cells& line : headline) solid(line);
    solid({});
    for (const Cells& line : details) out_ += paint_("▌", tone) + ' ' + paint_(line) + '\n';
  }

  void box(const std::vector<Cells>& headline, const std::vector<Cells>& details, std::size_t width) {
    const std::string edge = repeat("━", width + 2);
    const auto side = [&](const Cells& line) {
      out_ += "┃ " + paint_(line) + std::string(width - std::min(width, width_of(line)), ' ') + " ┃\n";
    };
    out_ += "┏" + edge + "┓\n";
    for (const Cells& line : headline) side(line);
    for (const Cells& line : details) side(line);
    out_ += "┗" + edge + "┛\n";
  }

  std::size_t columns_;
  Paint paint_;
  std::size_t margin_ = step;
  bool joined_ = false;  // the next block belongs to the line above it
  std::string out_;
};

}  // namespace

std::string to_text(const Document& document, const TextOptions& options) {
  return Renderer(options).render(document.blocks);
}

}  // namespace report
