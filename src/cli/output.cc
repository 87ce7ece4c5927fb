#include "cli/output.h"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/choice.h"
#include "report/text.h"
#include "sys/clock.h"
#include "sys/output.h"
#include "sys/terminal.h"

namespace cli {

namespace {

template <typename Json>
std::string dump(const Json& value) {
  return value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

void print_text(std::string_view text) {
  sys::write_output(text);
}

void print_document(const report::Document& document) {
  print_text(as_text(document));
}

void print_json(const nlohmann::json& value) {
  print_text(dump(value));
}

void print_json(const nlohmann::ordered_json& value) {
  print_text(dump(value));
}

std::string as_text(const report::Document& document) {
  const sys::Terminal terminal = sys::terminal(1);
  return report::to_text(document, {.columns = terminal.columns, .colour = terminal.colour});
}

std::string ago(base::Instant when) {
  return base::humanise(std::max(sys::now() - when, base::Instant::duration{0})) + " ago";
}

void declare_format(CLI::App& app, std::string& format, const char* what) {
  app.add_option("--format", format, fmt::format("how to print {}: text or json", what))
      ->transform(choice_of({"text", "json"}))
      ->type_name("FORMAT");
}

}  // namespace cli
