// What the tests of putting back share.
#pragma once

#include <string>
#include <vector>

#include "apply/database_test.h"
#include "apply/put_back.h"

namespace apply {

inline constexpr const char* shop = R"(
  CREATE TABLE users (id int PRIMARY KEY, name text, email text UNIQUE);
  CREATE TABLE orders (id int PRIMARY KEY, user_id int REFERENCES users ON DELETE CASCADE, total numeric(8,2));
  CREATE TABLE lines (id int PRIMARY KEY, order_id int REFERENCES orders ON DELETE CASCADE);
  CREATE TABLE log (what text, at int);
  INSERT INTO users SELECT g, 'u' || g, g || '@x' FROM generate_series(1, 20) g;
  INSERT INTO orders SELECT g, 1 + g % 20, g FROM generate_series(1, 60) g;
  INSERT INTO lines SELECT g, 1 + g % 60 FROM generate_series(1, 120) g;
  INSERT INTO log SELECT 'same', g / 2 FROM generate_series(1, 20) g
)";

inline Undone put_back(const TestDatabase& database, const std::filesystem::path& changes, UndoMode mode,
                       bool execute = true, Limits limits = {}) {
  Target target = database.target("postgres", limits);
  const PutBack what = {.changes = changes,
                        .directory = database.directory(),
                        .overwritten = database.directory() / "overwritten",
                        .left = database.directory() / "left",
                        .commit = [&](const Undone&) { target.session().none("COMMIT"); }};
  return put_back(target, what, {.mode = mode, .execute = execute});
}

// "public.users 3 changed", in the order of their being found.
inline std::vector<std::string> told(const Undone& undone) {
  std::vector<std::string> all;
  for (const Conflict& conflict : undone.conflicts)
    all.push_back(conflict.table + " " + conflict.id + " " + conflict.kind);
  return all;
}
using Told = std::vector<std::string>;

}  // namespace apply
