#include "apply/catalog_changes.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "apply/table_rows.h"

namespace apply {

namespace {

// What the server itself keeps up to date in passing, and no statement says: planner's sizes, VACUUM's horizons, flags
// that stay behind when a trigger has gone.
constexpr const char* left_out =
    "'{relpages,reltuples,relallvisible,relallfrozen,relfrozenxid,relminmxid,relhastriggers,relhasindex,relhasrules,"
    "datfrozenxid,datminmxid}'::pg_catalog.text[]";

// Catalogs whose objects pg_describe_object() can name, and whether an object is part of a relation.
constexpr std::array described = {
    std::pair{std::string_view("pg_class"), false},     std::pair{std::string_view("pg_proc"), false},
    std::pair{std::string_view("pg_namespace"), false}, std::pair{std::string_view("pg_authid"), false},
    std::pair{std::string_view("pg_extension"), false}, std::pair{std::string_view("pg_publication"), false},
    std::pair{std::string_view("pg_operator"), false},  std::pair{std::string_view("pg_default_acl"), false},
    std::pair{std::string_view("pg_type"), true},       std::pair{std::string_view("pg_constraint"), true},
    std::pair{std::string_view("pg_trigger"), true},    std::pair{std::string_view("pg_policy"), true},
    std::pair{std::string_view("pg_rewrite"), true},    std::pair{std::string_view("pg_attrdef"), true}};

// Catalogs without a name to say, whose rows follow those of others.
constexpr std::array parts = {std::string_view("pg_attribute"), std::string_view("pg_index"),
                              std::string_view("pg_inherits"),  std::string_view("pg_partitioned_table"),
                              std::string_view("pg_enum"),      std::string_view("pg_range"),
                              std::string_view("pg_sequence"),  std::string_view("pg_init_privs")};

bool is_part(std::string_view catalog) {
  const auto* named =
      std::find_if(described.begin(), described.end(), [&](const auto& entry) { return entry.first == catalog; });
  if (named != described.end()) return named->second;
  return std::find(parts.begin(), parts.end(), catalog) != parts.end();
}

std::string description_of(std::string_view catalog) {
  const bool named =
      std::any_of(described.begin(), described.end(), [&](const auto& entry) { return entry.first == catalog; });
  if (named) {
    return fmt::format(
        "coalesce(pg_catalog.pg_describe_object('pg_catalog.{0}'::pg_catalog.regclass, t.oid, 0), '{0}')", catalog);
  }
  if (catalog == "pg_attribute") {
    return "coalesce(pg_catalog.pg_describe_object('pg_catalog.pg_class'::pg_catalog.regclass, t.attrelid, t.attnum),"
           " 'pg_attribute')";
  }
  return fmt::format("'catalog {}'", catalog);
}

// Rows of a catalog `t`, each as JSON in `j`, but for those of temporary objects and of the sequences in $1.
std::string rows_of(std::string_view catalog) {
  return fmt::format(
      R"(
      WITH spaces AS (SELECT oid FROM pg_catalog.pg_namespace WHERE nspname ~ '^pg_(toast_)?temp_'),
           passing AS (SELECT c.oid FROM pg_catalog.pg_class c WHERE c.relnamespace IN (SELECT oid FROM spaces)
                       UNION ALL SELECT pg_catalog.to_regclass(s) FROM pg_catalog.unnest($1::pg_catalog.text[]) s
                        WHERE pg_catalog.to_regclass(s) IS NOT NULL),
           types AS (SELECT oid FROM pg_catalog.pg_type WHERE typnamespace IN (SELECT oid FROM spaces)),
           temporary AS (SELECT oid::pg_catalog.text AS id FROM spaces UNION ALL SELECT oid::pg_catalog.text FROM passing
                         UNION ALL SELECT oid::pg_catalog.text FROM types)
      SELECT t.ctid, t.xmin, {1}, (x.j - {2})::pg_catalog.text, x.j->>'oid', x.j->>'relkind'
        FROM pg_catalog.{0} t, LATERAL (SELECT pg_catalog.to_jsonb(t) AS j) AS x
       WHERE NOT EXISTS (SELECT FROM temporary WHERE id IN (
               CASE WHEN '{0}' IN ('pg_class', 'pg_namespace') THEN x.j->>'oid' END,
               x.j->>'relnamespace', x.j->>'typnamespace', x.j->>'pronamespace', x.j->>'stxnamespace',
               x.j->>'collnamespace', x.j->>'oprnamespace', x.j->>'attrelid', x.j->>'indrelid', x.j->>'indexrelid',
               x.j->>'adrelid', nullif(x.j->>'conrelid', '0'), x.j->>'tgrelid', x.j->>'ev_class', x.j->>'inhrelid',
               x.j->>'partrelid', x.j->>'seqrelid', x.j->>'polrelid', x.j->>'stxrelid', x.j->>'enumtypid',
               nullif(x.j->>'contypid', '0'))))",
      catalog, description_of(catalog), left_out);
}

struct Entry {
  std::string description;
  std::string content;
  std::string object;  // oid; empty: the catalog has none
  bool part = false;   // of an object that is likely to be listed, too
};
using Version = std::pair<std::string, std::string>;  // ctid, xmin
using Versions = std::map<Version, Entry>;

std::string places_of(const std::initializer_list<const Versions*> lists) {
  std::set<std::string> places;
  for (const Versions* list : lists) {
    for (const auto& [version, entry] : *list) places.insert(version.first);
  }
  ArrayLiteral array;
  for (const std::string& place : places) array.add(place);
  return array.take();
}

class CatalogLook {
 public:
  CatalogLook(Target& target, const std::vector<std::string>& sequences) : target_(target) {
    ArrayLiteral array;
    for (const std::string& sequence : sequences) {
      const std::size_t dot = sequence.find('.');
      array.add(pg::quote_qualified(sequence.substr(0, dot), sequence.substr(dot + 1)));
    }
    sequences_ = array.take();
  }

  void look(const std::string& catalog) {
    const std::string rows = rows_of(catalog);
    const Versions marked = read(target_.witness(), catalog, rows + " AND t.xmax <> '0'::pg_catalog.xid", {});
    const Versions ours = read(target_.session(), catalog,
                               rows + " AND (pg_catalog.age(t.xmin) <=" +
                                   " pg_catalog.age(pg_catalog.pg_current_xact_id()::pg_catalog.xid)"
                                   " OR t.ctid = ANY ($2::pg_catalog.tid[]))",
                               places_of({&marked}));
    const Versions theirs = read(target_.witness(), catalog, rows + " AND t.ctid = ANY ($2::pg_catalog.tid[])",
                                 places_of({&marked, &ours}));
    std::multiset<std::string> made;
    std::set<std::string> still;
    for (const auto& [version, entry] : ours) {
      if (theirs.contains(version)) continue;
      made.insert(entry.content);
      still.insert(entry.object);
    }
    for (const auto& [version, entry] : marked) {
      if (!theirs.contains(version) || ours.contains(version)) continue;
      if (const auto same = made.find(entry.content); same != made.end()) {
        made.erase(same);
      } else {
        add(entry, entry.object.empty() || still.contains(entry.object) ? "alters" : "drops");
      }
    }
    for (const auto& [version, entry] : ours) {
      if (theirs.contains(version)) continue;
      if (const auto same = made.find(entry.content); same != made.end()) {
        made.erase(same);
        add(entry, "makes or alters");
      }
    }
  }

  // Parts are told where nothing else is.
  std::vector<Difference> differences() {
    DifferenceList list;
    for (const auto& [description, change] : changes_) {
      if (change.part && whole_) continue;
      list.at(DifferenceKind::catalog, description,
              fmt::format("the script {} it, which no plan holds and no undo puts back", change.verb));
    }
    return list.take();
  }

 private:
  struct Change {
    bool part = false;
    std::string verb;
  };

  Versions read(pg::Connection& connection, const std::string& catalog, const std::string& sql,
                const std::string& places) const {
    std::vector<pg::OptionalText> parameters = {sequences_};
    if (!places.empty()) parameters.emplace_back(places);
    Versions versions;
    connection.each_row(sql, parameters, [&](const auto& row) {
      const std::string kind(row.at(5).value_or(""));
      versions.emplace(Version(row.at(0).value(), row.at(1).value()),
                       Entry{.description = std::string(row.at(2).value()),
                             .content = std::string(row.at(3).value()),
                             .object = std::string(row.at(4).value_or("")),
                             .part = is_part(catalog) || kind == "i" || kind == "I" || kind == "t"});
    });
    return versions;
  }

  void add(const Entry& entry, const char* verb) {
    changes_.try_emplace(entry.description, Change{entry.part, verb});
    whole_ |= !entry.part;
  }

  Target& target_;
  std::string sequences_;
  std::map<std::string, Change> changes_;
  bool whole_ = false;
};

}  // namespace

std::vector<Difference> catalog_changes(Target& target, const std::vector<std::string>& catalogs,
                                        const std::vector<std::string>& sequences) {
  if (catalogs.empty()) return {};
  target.witness().none("BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY");
  const PinnedSession pinned(target.witness());
  CatalogLook look(target, sequences);
  for (const std::string& catalog : catalogs) look.look(catalog);
  target.witness().none("ROLLBACK");
  return look.differences();
}

}  // namespace apply
