// A recovery point brought back: into a database of a live server, or as files into a directory.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "pg/connection.h"
#include "report/document.h"
#include "restore/choice.h"
#include "scratch/instance.h"

namespace restore {

struct Restored {
  std::string point;
  std::string store;        // that it was read from
  std::string into;         // for people, without secrets
  std::string kept_as;      // the database that was there before; empty: there was none
  std::uint64_t bytes = 0;  // read from the store
  std::chrono::milliseconds took{};
  std::vector<std::string> notes;     // what is not as it was, a sentence each
  std::vector<std::string> commands;  // how to use what lies in the directory now
};

// Into the database that `target` names, of a server that may be in use. Where it is missing it is created; where it is
// there and holds nothing of a user's, it is filled; else Error(refused), or, with `replace`, the restored one takes
// its name and the old one is kept as NAME_before_ID. It is built under a temporary name and appears under its own when
// it is whole and every hash was right; an empty database is filled in one transaction. Whatever goes wrong, what was
// made is dropped again and what was there is untouched; roles that were made stay.
//
// Roles that the archive names and the server lacks are made; where that is not allowed, Error(refused) names them.
// `isolation` is that of the programs that look into the archive beforehand; the one that restores needs the server.
struct IntoDatabase {
  pg::Parameters target;
  bool replace = false;
  scratch::Isolation isolation = scratch::Isolation::required;
};
Restored restore_database(const Choice& choice, const repository::KeyRing* keys, const IntoDatabase& wanted);

// The point's contents, decompressed and opened, its manifest, and README with the commands to use them, into
// `directory`, which is missing or empty. It is written as DIRECTORY.restoring beside it and renamed when every hash
// was right; one that a killed run left there is removed first.
Restored restore_files(const Choice& choice, const repository::KeyRing* keys, const std::filesystem::path& directory);

report::Document to_document(const Restored& restored);
std::string to_json(const Restored& restored);  // docs/formats/drill.md

}  // namespace restore
