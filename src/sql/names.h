// Names as SQL writes them, and as the server understands them.
#pragma once

#include <string>
#include <string_view>

namespace sql {

struct TableName {
  std::string schema;  // empty: as the search path says
  std::string name;
  friend bool operator==(const TableName&, const TableName&) = default;
};

// One name: folded to lower case, or without its quotes.
std::string identifier(std::string_view written);

// schema.name: app."Users" is {"app", "Users"}. What stands before the schema is left out.
TableName qualified_name(std::string_view written);

}  // namespace sql
