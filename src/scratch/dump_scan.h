// What a dump in SQL says about itself: found by reading its lines, since a dump names roles that it does not make.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace scratch {

struct DumpScan {
  bool by_pg_dump = false;           // it begins as pg_dump's or pg_dumpall's output does
  bool complete = false;             // … and ends so
  std::optional<int> major;          // of the server it was taken from
  std::set<std::string> roles;       // named as owners, grantees and the like
  std::set<std::string> made_roles;  // made by the dump itself
  std::set<std::string> made_databases;
  std::string database;  // the last one it connects to; empty: it stays where it is
};

// Reads the whole file, a line at a time; rows (COPY … FROM stdin) are passed over. Throws Error(storage) where it
// cannot be read, and Error(input) where it is no text.
DumpScan scan_dump(const std::filesystem::path& path);

// Takes in one line that is not a row; split from scan_dump() so that it can be tried line by line.
void scan_line(std::string_view line, DumpScan& scan);

}  // namespace scratch
