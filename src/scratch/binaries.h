// PostgreSQL's own programs, by major version.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace scratch {

// Older servers lack settings that a scratch needs.
inline constexpr int oldest_major = 15;

struct Binaries {
  int major = 0;
  std::string version;              // "15.20", as `postgres --version` says
  std::filesystem::path directory;  // holds postgres, initdb, pg_ctl
  std::filesystem::path library;    // for LD_LIBRARY_PATH; empty where not needed (npm's packages need ../lib)
  std::optional<std::filesystem::path> pg_dump;  // not every distribution ships them
  std::optional<std::filesystem::path> pg_restore;
  std::optional<std::filesystem::path> psql;

  // Environment for starting one of them.
  std::map<std::string, std::optional<std::string>> environment() const;
  // The directories that a sandbox has to show for these programs to run.
  std::vector<std::filesystem::path> prefixes() const;
};

// Everything found, best first for each major: PGREHEARSE_PG_BIN (directories, colon-separated), the Debian layout
// (/usr/lib/postgresql/*/bin), then PATH. Looked up once per process. A pg_dump (pg_restore, psql) of a newer major
// stands in where a directory has none.
const std::vector<Binaries>& all_binaries();

// What all_binaries() found, as half a sentence for messages.
std::string describe_binaries();

// The binaries of `major`. Throws Error(tool) that says what was found instead and how to get these.
const Binaries& binaries_for(int major);

}  // namespace scratch
