// What the tests of writing and undoing share: a database of their own on one server, and changesets made by comparing
// whole tables before and after a script.
#pragma once

#include <atomic>
#include <map>
#include <string>
#include <vector>

#include "apply/table_rows.h"
#include "apply/target.h"
#include "changeset/file.h"
#include "changeset/tuple.h"
#include "pg/catalog.h"
#include "pg/replication.h"
#include "pg/test_server.h"
#include "rehearse/compare.h"
#include "sys/file.h"

namespace apply {

class TestDatabase {
 public:
  // Tables by name, rows in no order.
  using Contents = std::map<std::string, std::multiset<std::string>>;

  explicit TestDatabase(const std::string& schema) : name_("t" + std::to_string(++counter_)) {
    server().connect().script("CREATE DATABASE " + name_);
    session().script(schema);
  }

  static pg::TestServer& server() {
    static pg::TestServer running;
    return running;
  }
  pg::Parameters parameters(const std::string& user = "postgres") const { return server().parameters(name_, user); }
  pg::Connection session(const std::string& user = "postgres") const { return server().connect(name_, user); }
  Target target(const std::string& user = "postgres", Limits limits = {}) const {
    return Target::open(parameters(user), "", limits);
  }
  pg::Catalog catalog() const {
    pg::Connection connection = session();
    return pg::read_catalog(connection);
  }

  Contents contents() const {
    Contents contents;
    pg::Connection connection = pinned();
    for (const auto& [oid, table] : catalog().tables) {
      if (table.kind != 'r') continue;
      auto& rows = contents[table.qualified()];
      rehearse::each_row(connection, {.name = table.qualified(), .before = &table, .after = &table}, true,
                         [&](std::string tuple) { rows.insert(std::move(tuple)); });
    }
    return contents;
  }

  // Runs `script` and says what it changed, as a net changeset.
  std::filesystem::path run(const std::string& script) {
    const Contents before = contents();
    session().script(script);
    const Contents after = contents();
    const std::filesystem::path path = directory_.path() / ("changes" + std::to_string(++files_));
    changeset::Writer writer(path);
    const pg::Catalog now = catalog();
    for (const auto& [oid, table] : now.tables) {
      if (table.kind == 'r') add_difference(writer, table, before.at(table.qualified()), after.at(table.qualified()));
    }
    writer.close();
    return path;
  }

  const std::filesystem::path& directory() const { return directory_.path(); }

 private:
  pg::Connection pinned() const { return pg::Connection::open(parameters(), pg::pinned_settings()); }

  static void add_difference(changeset::Writer& writer, const pg::Table& table,
                             const std::multiset<std::string>& before, const std::multiset<std::string>& after) {
    const changeset::Relation relation =
        rehearse::common_shape({.name = table.qualified(), .before = &table, .after = &table});
    std::multiset<std::string> gone;
    std::multiset<std::string> come;
    std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::inserter(gone, gone.end()));
    std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::inserter(come, come.end()));
    if (gone.empty() && come.empty()) return;
    const std::uint32_t index = writer.add(relation);
    for (const std::string& row : gone) {
      const auto same = std::find_if(come.begin(), come.end(), [&](const std::string& other) {
        return !relation.key.empty() && row_id(relation, row) == row_id(relation, other);
      });
      if (same == come.end()) {
        writer.add({.relation = index, .op = changeset::Op::erase, .before = row, .after = {}});
      } else {
        writer.add({.relation = index, .op = changeset::Op::update, .before = row, .after = *same});
        come.erase(same);
      }
    }
    for (const std::string& row : come) {
      writer.add({.relation = index, .op = changeset::Op::insert, .before = {}, .after = row});
    }
  }

  inline static std::atomic<int> counter_ = 0;
  std::string name_;
  sys::TemporaryDirectory directory_;
  int files_ = 0;
};

}  // namespace apply
