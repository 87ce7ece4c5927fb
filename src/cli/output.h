// What commands write to standard output: text, documents as the terminal there shows them, and which of the two.
#pragma once

#include <CLI/CLI.hpp>

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "base/time.h"
#include "report/document.h"

namespace cli {

void print_text(std::string_view text);
void print_document(const report::Document& document);
// Strings that are not UTF-8 come with U+FFFD.
void print_json(const nlohmann::json& value);
void print_json(const nlohmann::ordered_json& value);

// `document` as it is shown there.
std::string as_text(const report::Document& document);

// "3 min ago"; what a wrong clock puts into the future is of this moment.
std::string ago(base::Instant when);

// Declares --format for text and json. `what` is what is printed.
void declare_format(CLI::App& app, std::string& format, const char* what);

}  // namespace cli
