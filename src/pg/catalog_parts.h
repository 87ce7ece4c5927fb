// The parts that read_catalog() is put together from. Each reads a whole class of objects by one query or a few, with
// search_path empty, so that every name in a definition is qualified whoever asks.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "pg/catalog.h"

namespace pg {

// SQL that holds for a schema's row `alias` in pg_namespace where the schema is a user's.
std::string of_user_schema(std::string_view alias);

std::map<std::uint32_t, Table> read_tables(Connection& connection);
std::vector<ForeignKey> read_foreign_keys(Connection& connection);

// Definitions. What an extension owns is left out. Two objects of the same name without quotes share an entry.
using Definitions = std::map<std::string, std::string>;
void read_relation_definitions(Connection& connection, Definitions& definitions);  // tables and what hangs on them
void read_routine_definitions(Connection& connection, Definitions& definitions);   // functions, types, operators, …
void read_cluster_definitions(Connection& connection, Definitions& definitions);   // schemas, roles, publications, …

// Adds the rows of `sql`: key, definition.
void add_definitions(Connection& connection, const std::string& sql, Definitions& definitions);
// SQL that holds where no extension owns the object `oid` of the catalog `catalog` ("pg_class", "c.oid").
std::string not_of_extension(std::string_view catalog, std::string_view oid);
// SQL for the grants on an object in a fixed order; `kind` as acldefault() has it ('r', 's', …), defaults spelt out.
std::string grants(std::string_view acl, std::string_view kind, std::string_view owner);

// Values as a query gives them. A NULL is 0, false, "" and {}.
std::int64_t to_integer(const OptionalText& value);
std::uint32_t to_oid(const OptionalText& value);
bool to_bool(const OptionalText& value);
char to_char(const OptionalText& value);
std::string to_text(const OptionalText& value);
std::vector<int> to_integers(const OptionalText& value);  // an array, "{1,2}"

}  // namespace pg
