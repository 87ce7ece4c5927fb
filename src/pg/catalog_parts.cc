#include "pg/catalog_parts.h"

#include <charconv>

#include "base/error.h"

namespace pg {
namespace {

template <typename Integer>
Integer parse(std::string_view text) {
  Integer value{};
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) {
    throw base::Error(base::Code::internal, "a catalog query gave no number: " + std::string(text));
  }
  return value;
}

}  // namespace

std::string of_user_schema(std::string_view alias) {
  const std::string name = std::string(alias) + ".nspname";
  return "(" + name + " !~ '^pg_' and " + name + " not in ('information_schema', 'pgrehearse'))";
}

void add_definitions(Connection& connection, const std::string& sql, Definitions& definitions) {
  connection.each_row("select * from (" + sql + ") definitions (key, definition) order by 1, 2", {},
                      [&](const auto& row) {
                        auto& definition = definitions[std::string(*row[0])];
                        if (!definition.empty()) definition += '\n';
                        definition += row[1].value_or("");
                      });
}

std::string not_of_extension(std::string_view catalog, std::string_view oid) {
  return "not exists (select from pg_depend owning where owning.classid = '" + std::string(catalog) +
         "'::regclass and owning.objid = " + std::string(oid) + " and owning.deptype = 'e')";
}

std::string grants(std::string_view acl, std::string_view kind, std::string_view owner) {
  return "(select string_agg(g::text, ',' order by g::text) from unnest(coalesce(" + std::string(acl) +
         ", acldefault(" + std::string(kind) + ", " + std::string(owner) + "))) g)";
}

std::int64_t to_integer(const OptionalText& value) {
  return value ? parse<std::int64_t>(*value) : 0;
}
std::uint32_t to_oid(const OptionalText& value) {
  return value ? parse<std::uint32_t>(*value) : 0;
}
bool to_bool(const OptionalText& value) {
  return value == "t";
}
char to_char(const OptionalText& value) {
  return value && !value->empty() ? value->front() : '\0';
}
std::string to_text(const OptionalText& value) {
  return value.value_or(std::string());
}

std::vector<int> to_integers(const OptionalText& value) {
  std::vector<int> numbers;
  if (!value || value->size() < 2) return numbers;
  std::string_view rest(*value);
  rest = rest.substr(1, rest.size() - 2);
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    numbers.push_back(parse<int>(rest.substr(0, comma)));
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
  }
  return numbers;
}

}  // namespace pg
