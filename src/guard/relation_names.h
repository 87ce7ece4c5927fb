// Which contract table a name in a function or a statement means: by the catalog, not by its spelling.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "guard/bind.h"
#include "lint/tables.h"
#include "pg/connection.h"

namespace guard {

class RelationNames {
 public:
  // Reads the contract tables' partitions, the views that rows of them are deleted through, and what else bears such a
  // name. `connection` has an empty search path, so that views are told with the schemas of their tables.
  RelationNames(const contract::Contract& contract, const Bound& bound, pg::Connection& connection);

  // As what runs under `path` means them; nullopt: under anybody's, and a name that may be the contract's is taken for
  // it. To be used while this lives.
  lint::Names under(const std::optional<std::vector<std::string>>& path) const;

 private:
  struct Relation {
    std::string schema;
    lint::Meaning meaning;
  };
  using ByName = std::map<std::string, std::vector<Relation>, std::less<>>;

  std::optional<lint::Meaning> find(std::string_view schema, std::string_view name,
                                    const std::optional<std::vector<std::string>>& path) const;
  const lint::Meaning* known(std::string_view schema, std::string_view name) const;
  void read_tables(const Bound& bound, pg::Connection& connection);
  void read_views(const contract::Contract& contract, pg::Connection& connection);
  bool add_view(const contract::Contract& contract, const std::string& schema, const std::string& name,
                const std::string& definition);
  void read_namesakes(pg::Connection& connection);

  ByName relations_;
};

// "s2, \"$user\"", as pg_proc.proconfig has a search path.
std::vector<std::string> schemas_of(std::string_view search_path);

}  // namespace guard
