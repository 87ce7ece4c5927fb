// What an archive of pg_dump says about itself, as `pg_restore --list` shows it (manual: "pg_restore").
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "scratch/instance.h"
#include "sys/process.h"

namespace scratch {

struct ArchiveHeader {
  std::string database;               // that was dumped
  int major = 0;                      // of the server it was dumped from
  std::optional<base::Instant> made;  // when pg_dump began, by the clock of its machine; an archive names no time zone
  std::vector<std::string> extensions;        // that it creates
  std::vector<std::string> database_entries;  // of its table of contents: those about the database itself, as listed
};

// `listing` is what archive_reader({"--list"}) wrote; with "--create" it lists the entries of the database itself.
// Throws Error(input), with half a sentence, where it does not say which database the archive is of.
ArchiveHeader parse_listing(std::string_view listing);

// pg_restore as it has to be run to read an archive and nothing else: in a sandbox with only `readable` in it, with UTC
// as its time zone. The newest one here; throws Error(tool) where there is none, and where `isolation` is required and
// there is no sandbox.
sys::Command archive_reader(std::vector<std::string> arguments, Isolation isolation,
                            const std::vector<std::filesystem::path>& readable = {});

}  // namespace scratch
