#include "scratch/binaries.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>

#include "base/error.h"
#include "sys/process.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

// The client programs of one directory, which may lack a server.
struct Clients {
  int major = 0;
  fs::path directory;
};

bool executable(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) && access(path.c_str(), X_OK) == 0;
}

void split_path_list(const char* list, std::vector<fs::path>& into) {
  std::string_view rest = list ? list : "";
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    if (const auto item = rest.substr(0, colon); !item.empty()) into.emplace_back(item);
    rest = colon == std::string_view::npos ? std::string_view() : rest.substr(colon + 1);
  }
}

// Every directory that may hold PostgreSQL's programs, canonical, in order of preference, each once.
std::vector<fs::path> candidate_directories() {
  std::vector<fs::path> wanted;
  split_path_list(std::getenv("PGREHEARSE_PG_BIN"), wanted);
  std::vector<fs::path> debian;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) debian.push_back(entry.path() / "bin");
  std::sort(debian.begin(), debian.end());
  wanted.insert(wanted.end(), debian.begin(), debian.end());
  split_path_list(std::getenv("PATH"), wanted);

  std::vector<fs::path> found;
  for (const auto& directory : wanted) {
    const auto canonical = fs::canonical(directory, error);
    if (!error && std::find(found.begin(), found.end(), canonical) == found.end()) found.push_back(canonical);
  }
  return found;
}

// The directory with libpq where it travels beside the programs, as in relocatable packages.
fs::path own_library(const fs::path& directory) {
  const auto library = directory.parent_path() / "lib";
  std::error_code error;
  return fs::exists(library / "libpq.so.5", error) ? library : fs::path();
}

std::map<std::string, std::optional<std::string>> library_environment(const fs::path& library) {
  if (library.empty()) return {};
  return {{"LD_LIBRARY_PATH", library.string()}};
}

// "15.20" out of "postgres (PostgreSQL) 15.20 (Debian 15.20-0+deb12u1)"; empty where the program does not run.
std::string version_of(const fs::path& program, const fs::path& library) {
  sys::Command command;
  command.argv = {program.string(), "--version"};
  command.environment = library_environment(library);
  try {
    const auto output = sys::run(command, {}, std::chrono::seconds(10));
    if (!output.exit.ok()) return {};
    const auto start = output.out.find(") ");
    if (start == std::string::npos) return {};
    return output.out.substr(start + 2, output.out.find_first_of(" \n", start + 2) - start - 2);
  } catch (const base::Error& error) {
    if (error.code() == base::Code::interrupted) throw;
    return {};
  }
}

int major_of(const std::string& version) {
  return std::atoi(version.c_str());
}

// Debian's /usr/bin/pg_dump is a script that picks a version by itself: of no use where the version matters.
bool is_wrapper(const fs::path& program) {
  std::error_code error;
  return fs::canonical(program, error).filename() == "pg_wrapper";
}

// The program in `own`, else that of the lowest newer major: those read and write older servers' formats.
std::optional<fs::path> client(const char* program, const Binaries& own, const std::vector<Clients>& all) {
  if (executable(own.directory / program)) return own.directory / program;
  const Clients* best = nullptr;
  for (const auto& clients : all) {
    const bool fits = clients.major >= own.major && executable(clients.directory / program);
    if (fits && (!best || clients.major < best->major)) best = &clients;
  }
  return best ? std::optional(best->directory / program) : std::nullopt;
}

std::vector<Binaries> discover() {
  std::vector<Binaries> servers;
  std::vector<Clients> clients;
  for (const auto& directory : candidate_directories()) {
    const auto library = own_library(directory);
    if (const auto dump = directory / "pg_dump"; executable(dump) && !is_wrapper(dump)) {
      if (const auto version = version_of(dump, library); !version.empty())
        clients.push_back({major_of(version), directory});
    }
    if (!executable(directory / "postgres") || !executable(directory / "initdb")) continue;
    const auto version = version_of(directory / "postgres", library);
    if (major_of(version) < oldest_major) continue;
    Binaries found;
    found.major = major_of(version);
    found.version = version;
    found.directory = directory;
    found.library = library;
    servers.push_back(std::move(found));
  }
  for (auto& server : servers) {
    server.pg_dump = client("pg_dump", server, clients);
    server.pg_restore = client("pg_restore", server, clients);
    server.psql = client("psql", server, clients);
  }
  return servers;
}

}  // namespace

std::map<std::string, std::optional<std::string>> Binaries::environment() const {
  return library_environment(library);
}

std::vector<fs::path> Binaries::prefixes() const {
  std::vector<fs::path> prefixes{directory.parent_path()};
  for (const auto& program : {pg_dump, pg_restore, psql}) {
    if (program) prefixes.push_back(program->parent_path().parent_path());
  }
  std::sort(prefixes.begin(), prefixes.end());
  prefixes.erase(std::unique(prefixes.begin(), prefixes.end()), prefixes.end());
  return prefixes;
}

const std::vector<Binaries>& all_binaries() {
  static const std::vector<Binaries> found = discover();
  return found;
}

std::string describe_binaries() {
  if (all_binaries().empty()) return "no PostgreSQL server programs were found";
  std::string text = "found ";
  for (const auto& binaries : all_binaries()) {
    if (&binaries != &all_binaries().front()) text += ", ";
    text += fmt::format("{} in {}", binaries.version, binaries.directory.string());
  }
  return text;
}

const Binaries& binaries_for(int major) {
  if (major < oldest_major) {
    throw base::Error(
        base::Code::tool,
        fmt::format("the source is PostgreSQL {}, and the oldest that can be rehearsed is {}", major, oldest_major));
  }
  for (const auto& binaries : all_binaries()) {
    if (binaries.major == major) return binaries;
  }
  throw base::Error(
      base::Code::tool,
      fmt::format("the source is PostgreSQL {0}, and no programs of PostgreSQL {0} are here ({1})", major,
                  describe_binaries()),
      fmt::format("install them (Debian: apt install postgresql-{}), or name their directory in PGREHEARSE_PG_BIN",
                  major));
}

}  // namespace scratch
