// The archive in a recovery point, looked into without restoring it: only as much of it is read as pg_restore needs.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "restore/choice.h"
#include "scratch/archive_header.h"

namespace restore {

// Throws Error(input) where there is no archive in the object, and what ObjectFeed throws.
scratch::ArchiveHeader read_header(const Choice& choice, const repository::KeyRing* keys, scratch::Isolation isolation);

struct Definitions {
  std::set<std::string> roles;        // owners, grantees and the like
  std::vector<std::string> database;  // statements that make the database and set it up, in order, in SQL
};
Definitions read_definitions(const Choice& choice, const repository::KeyRing* keys, scratch::Isolation isolation,
                             const scratch::ArchiveHeader& header);

// `statement`, one of Definitions::database, about a database of another name.
std::string about_database(const std::string& statement, const std::string& archived, const std::string& wanted);

// `statement`, which makes a database, without the tablespace that it names. nullopt: it names none.
std::optional<std::string> without_tablespace(const std::string& statement);

}  // namespace restore
