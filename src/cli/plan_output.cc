#include "cli/plan_output.h"

#include <map>

#include "cli/choice.h"
#include "cli/output.h"
#include "rehearse/document.h"
#include "rehearse/json.h"
#include "report/document.h"
#include "report/html.h"
#include "sys/file.h"

namespace cli {

namespace {

const std::map<std::string, Format> formats = {{"text", Format::text}, {"json", Format::json}, {"html", Format::html}};

std::string render(const rehearse::Plan& plan, const report::Document& document, Format format) {
  switch (format) {
    case Format::json:
      return rehearse::to_json(plan);
    case Format::html:
      return report::to_html(document);
    case Format::text:
      break;
  }
  return as_text(document);
}

}  // namespace

void declare_output(CLI::App& app, OutputOptions& options) {
  app.add_option("--format", options.format, "how to print the report: text, json or html")
      ->transform(choice(formats))
      ->type_name("FORMAT");
  app.add_option("--report", options.report, "write the report as one HTML file as well")->type_name("FILE.html");
  app.add_flag("--show-rows", options.show_rows, "show column values too, not only ids and populations");
}

void print_plan(const rehearse::Plan& plan, const std::filesystem::path& changeset, const OutputOptions& options) {
  const report::Document document =
      rehearse::to_document(plan, {.rows_of = options.show_rows ? changeset : std::filesystem::path{}});
  print_text(render(plan, document, options.format));
  if (!options.report.empty()) sys::write_file(options.report, report::to_html(document), 0600);
}

}  // namespace cli
