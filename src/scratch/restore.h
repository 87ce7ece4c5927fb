// pg_restore into a draft: the database as the archive describes it, from whatever feeds the archive.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "scratch/instance.h"
#include "sys/process.h"

namespace scratch {

// What pg_restore reads, where it is not its standard input.
struct ArchivePath {
  std::vector<std::string> arguments;
  std::vector<std::filesystem::path> readable;  // to be shown to it
};

// Runs the pg_restore it is given, with the archive as its input.
using Feed = std::function<void(const sys::Command&)>;

// Creates `database` with the archive's encoding, locale, owner, settings and privileges, and fills it. Where this
// machine lacks the locale, the database gets C.UTF-8 and a note says so; a tablespace that it lies in gets a stand-in.
// What the archive sets for sessions, read-only transactions among it, keeps nothing from being restored. pg_restore
// runs confined: an archive is foreign input.
void restore_database(const Instance& draft, const std::string& database, const ArchivePath& archive, const Feed& feed,
                      std::vector<std::string>& notes);

// The pg_restore beside these programs. Throws Error(tool) where there is none.
const std::filesystem::path& require_pg_restore(const Binaries& binaries);

// `argv` of the draft's own programs as it has to be run, confined to the draft, against `database`.
sys::Command confined_tool(const Instance& draft, std::vector<std::string> argv, const std::string& database,
                           const std::vector<std::filesystem::path>& readable = {});

}  // namespace scratch
