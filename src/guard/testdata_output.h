// What `testdata` says: documents for people, JSON for programs (docs/formats/testdata.md).
#pragma once

#include <string>

#include "guard/cleaning.h"
#include "guard/making.h"
#include "report/document.h"

namespace guard {

// What both forms say besides the rows.
struct TestdataContext {
  std::string program;   // "pgrehearse 0.1.0"
  std::string contract;  // its file
  std::string database;  // for people, without secrets
};

report::Document made_document(const Made& made, const TestdataContext& context);
std::string made_json(const Made& made, const TestdataContext& context);

report::Document list_document(const Cleaning& found, const TestdataContext& context);
std::string list_json(const Cleaning& found, const TestdataContext& context);

// What would go, or was about to; and then what went.
report::Document count_document(const Cleaning& cleaning, bool execute, const TestdataContext& context);
report::Document cleaned_document(const Cleaning& cleaning);
std::string clean_json(const Cleaning& cleaning, const TestdataContext& context);

}  // namespace guard
