// What `plan` and `show` have in common: a plan in the format that was asked for.
#pragma once

#include <CLI/CLI.hpp>

#include <filesystem>
#include <string>

#include "rehearse/plan.h"

namespace cli {

enum class Format { text, json, html };

struct OutputOptions {
  Format format = Format::text;
  std::string report;  // --report: an HTML file to write as well
  bool show_rows = false;
};

// Declares --format, --report and --show-rows. `options` must live as long as `app` parses.
void declare_output(CLI::App& app, OutputOptions& options);

// Writes the plan to standard output and to the report file. `changeset` holds its rows, for --show-rows.
void print_plan(const rehearse::Plan& plan, const std::filesystem::path& changeset, const OutputOptions& options);

}  // namespace cli
