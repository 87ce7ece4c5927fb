#include "demo/narrator.h"

#include "rehearse/document.h"
#include "sys/file.h"
#include "sys/terminal.h"

namespace demo {

Narrator::Narrator() {
  const sys::Terminal terminal = sys::terminal(1);
  options_ = {.columns = std::min(terminal.columns, 110), .colour = terminal.colour};
}

void Narrator::print(std::vector<report::Block> blocks) {
  sys::write_all(1, report::to_text({.title = "", .blocks = std::move(blocks)}, options_) + "\n", "standard output");
}

void Narrator::title(std::string text) {
  print({report::Heading{1, std::move(text)}});
}

void Narrator::act(std::string text) {
  print({report::Heading{2, std::move(text)}});
}

void Narrator::say(std::string text) {
  print({report::Paragraph{{{std::move(text), report::Tone::plain, false}}}});
}

void Narrator::show(std::string title, std::string_view code) {
  print({report::Code{std::move(title), std::string(code)}});
}

void Narrator::verdict(const rehearse::Plan& plan, bool in_full) {
  report::Document document = rehearse::to_document(plan);
  if (in_full) return print(std::move(document.blocks));
  opening_of(std::move(document));
}

// A report begins with its title, the verdict and the reasons.
void Narrator::opening_of(report::Document document) {
  std::vector<report::Block> blocks;
  for (report::Block& block : document.blocks) {
    const auto* heading = std::get_if<report::Heading>(&block);
    if (heading && heading->level == 1) continue;
    if (heading && heading->text != "Why") break;
    blocks.push_back(std::move(block));
  }
  print(std::move(blocks));
}

void Narrator::report(report::Document document) {
  print(std::move(document.blocks));
}

void Narrator::banner_of(report::Document document) {
  std::erase_if(document.blocks,
                [](const report::Block& block) { return !std::holds_alternative<report::Banner>(block); });
  print(std::move(document.blocks));
}

void Narrator::findings(const guard::Audit& audit) {
  std::vector<report::Block> blocks = {guard::to_document(audit).blocks.front()};
  report::Bullets bullets;
  for (const guard::Finding& finding : audit.findings) {
    if (finding.severity == guard::Severity::note) continue;
    const bool grave = finding.severity == guard::Severity::error;
    bullets.items.push_back(
        {{finding.message}, {"  " + finding.rule, grave ? report::Tone::bad : report::Tone::warning}});
  }
  if (!bullets.items.empty()) blocks.emplace_back(std::move(bullets));
  print(std::move(blocks));
}

void Narrator::done(std::string text) {
  print({report::Banner{report::Tone::good, std::move(text), {}}});
}

}  // namespace demo
