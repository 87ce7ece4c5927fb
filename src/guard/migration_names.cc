#include "guard/migration_names.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include "base/hash.h"
#include "guard/making.h"

namespace guard {

namespace {

using contract::IdRange;
using contract::Population;

constexpr std::size_t longest_name = 63;
constexpr std::string_view mark = "pgrehearse contract sql ";

std::string one_range(const std::string& id, const IdRange& range) {
  if (range.low == range.high) return fmt::format("{} = {}", id, range.low);
  if (range.low == IdRange::lowest && range.high == IdRange::highest) return "true";
  if (range.low == IdRange::lowest) return fmt::format("{} <= {}", id, range.high);
  if (range.high == IdRange::highest) return fmt::format("{} >= {}", id, range.low);
  return fmt::format("{} BETWEEN {} AND {}", id, range.low, range.high);
}

// The one population that may hold the ids which nobody declares; null: none, or several.
const Population* rest(const contract::Table& table) {
  const Population* found = nullptr;
  for (const Population& population : table.populations) {
    if (!population.ids.ranges.empty()) continue;
    if (found) return nullptr;
    found = &population;
  }
  return found && !found->disposable ? found : nullptr;
}

}  // namespace

std::string object_name(const std::vector<std::string>& parts) {
  std::string name = fmt::format("{}", fmt::join(parts, "_"));
  if (name.size() <= longest_name) return name;
  const std::string mark = "_" + base::sha256_hex(name).substr(0, 8);
  std::size_t end = longest_name - mark.size();
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;  // no half of a character
  return name.substr(0, end) + mark;
}

std::string ids_check_name(const BoundTable& table) {
  return object_name({table.name, table.population.name, "ids"});
}

std::string null_check_name(const BoundTable& table) {
  return object_name({table.name, "filled"});
}

std::string fill_name(const BoundTable& table) {
  return object_name({table.name, table.population.name, "fill"});
}

std::string index_name(const Part& part, const BoundTable& table) {
  return object_name({part.name, table.population.name, table.id.name, "idx"});
}

std::string test_sequence_name(const BoundTable& table, const Population& population) {
  return object_name({table.name, population.name, table.id.name, "seq"});
}

std::string allocator_name(const BoundTable& table, const SequenceNeed& need) {
  return pg::quote_qualified(table.schema, object_name({"mint", table.name, need.population->name}));
}

std::string literal(std::string_view text) {
  std::string quoted = "'";
  for (const char character : text) {
    if (character == '\'') quoted += '\'';
    quoted += character;
  }
  return quoted + "'";
}

std::string give_population(const BoundTable& table, const std::string& population, const std::string& id) {
  return fmt::format("UPDATE {} SET {} = {} WHERE {} = {};", table.quoted(), table.population.quoted(), population,
                     table.id.quoted(), id);
}

std::string within(const std::string& id, const std::vector<IdRange>& ranges) {
  if (ranges.empty()) return "true";
  std::vector<std::string> parts;
  for (const IdRange& range : ranges) parts.push_back(one_range(id, range));
  return fmt::format("{}", fmt::join(parts, " OR "));
}

std::string ids_check(const BoundTable& table, bool unknown_pass) {
  std::string text = fmt::format("CASE {}\n", table.population.quoted());
  for (const Population& population : table.declared->populations) {
    text += fmt::format("    WHEN {} THEN {}\n", literal(population.name),
                        within(table.id.quoted(), population.ids.ranges));
  }
  return text + fmt::format("    ELSE {}\n  END", unknown_pass ? "true" : table.population.quoted() + " IS NULL");
}

std::string mark_of(const std::string& text) {
  return std::string(mark) + base::sha256_hex(text).substr(0, 16);
}

bool is_marked(std::string_view comment) {
  return comment.starts_with(mark);
}

std::string population_of(const BoundTable& table, const std::string& id, bool disposable) {
  std::string cases;
  for (const Population& population : table.declared->populations) {
    if (population.ids.ranges.empty() || (population.disposable && !disposable)) continue;
    const auto own = own_ids(*table.declared, population, {});
    if (own.empty()) continue;
    cases += fmt::format(" WHEN {} THEN {}", within(id, own), literal(population.name));
  }
  const Population* other = rest(*table.declared);
  if (other) {
    // Not those of a population that was left out above.
    for (const Population& population : table.declared->populations) {
      if (population.disposable && !disposable && !population.ids.ranges.empty())
        cases += fmt::format(" WHEN {} THEN NULL", within(id, population.ids.ranges));
    }
  }
  const std::string otherwise = other ? literal(other->name) : "NULL";
  const std::string text = cases.empty() ? otherwise : fmt::format("CASE{} ELSE {} END", cases, otherwise);
  return table.population.base == "text" ? text : fmt::format("({})::{}", text, table.population.base_type);
}

std::string fill_body(const BoundTable& table) {
  return fmt::format("\nBEGIN\n  NEW.{} := {};\n  RETURN NEW;\nEND ", table.population.quoted(),
                     population_of(table, "NEW." + table.id.quoted(), false));
}

std::string allocator_body(const BoundTable& table, const SequenceNeed& need) {
  const std::string sequence = fmt::format("{}.{}", need.schema, need.name);
  std::string body = fmt::format("\nDECLARE\n  minted bigint := {}pg_catalog.nextval({});\nBEGIN\n",
                                 need.negated ? "-" : "", literal(need.quoted()));
  if (!need.population->ids.ranges.empty()) {
    body += fmt::format(
        "  IF NOT ({}) THEN\n    RAISE EXCEPTION '% gave %, which is outside of the ids of %', {}, minted, {}\n"
        "      USING HINT = 'Somebody set the sequence: find out who, and set it back by hand.';\n  END IF;\n",
        within("minted", need.population->ids.ranges), literal(sequence), literal(need.population->name));
  }
  return body + fmt::format(
                    "  IF EXISTS (SELECT FROM {0} WHERE {1} = minted) THEN\n"
                    "    RAISE unique_violation USING MESSAGE = pg_catalog.format('%s gave id %s, which is taken', "
                    "{2}, minted),\n"
                    "      HINT = 'Find the row that it did not mint. Never set the sequence from the rows.';\n"
                    "  END IF;\n  RETURN minted;\nEND ",
                    table.quoted(), table.id.quoted(), literal(sequence));
}

}  // namespace guard
