// What a restored database is asked, to see whether it is whole. Each answers with a sentence that says what is wrong,
// or with what it looked at; nothing here changes rows.
#pragma once

#include <functional>
#include <string>
#include <variant>
#include <vector>

#include "base/error.h"
#include "pg/connection.h"
#include "repository/manifest.h"

namespace restore {

// Whether what a server said no with is about the data. That it went away, or lacked memory or disk, is not.
bool is_about_data(const base::Error& error);

struct Proven {
  bool passed = false;
  std::string message;
};

// What a proof has looked at by now, of how much: it may go on for hours.
using Step = std::function<void(std::size_t done, std::size_t total)>;

// Counts every table and compares with `expected`: missing tables, tables that should not be there, other counts.
Proven prove_rows(pg::Connection& database, const std::vector<repository::TableRows>& expected, const Step& step = {});

// The extension that reads indexes, created where it is missing; or why it cannot be had.
struct Amcheck {
  std::string schema;  // quoted
  bool checks_unique = false;
};
std::variant<Amcheck, std::string> find_amcheck(pg::Connection& database);

// Has amcheck read every btree index that is not the server's own: order, structure, and that every row of the table is
// in it; where amcheck can (1.4), that unique ones are unique. Indexes that are not valid fail.
Proven prove_indexes(pg::Connection& database, const Amcheck& amcheck, const Step& step = {});

// Looks, by anti-join, for rows whose parent is missing, under every foreign key that the database takes for valid.
// Temporal ones (PERIOD) are not looked at, which the message says.
Proven prove_foreign_keys(pg::Connection& database, const Step& step = {});

// A question of the contract: passes where the answer is one row with one value, true. Runs in a transaction that
// cannot write, for at most a minute, and is rolled back.
Proven prove_answer(pg::Connection& database, const std::string& sql);

// `names`, at most five of them.
std::string some_of(const std::vector<std::string>& names);

}  // namespace restore
