// PostgreSQL's own functions that write to no table.
#pragma once

#include <string_view>

namespace sql {

// True for the everyday functions of pg_catalog that only compute, read or move a sequence. Not the whole catalogue:
// what is missing here only makes a SELECT count as one that may write.
bool writes_no_table(std::string_view function);

}  // namespace sql
