#include "scratch/archive_header.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "base/error.h"
#include "scratch/binaries.h"
#include "scratch/server.h"
#include "sys/account.h"
#include "sys/sandbox.h"

namespace scratch {
namespace {

using base::Code;
using base::Error;

constexpr std::string_view made_prefix = "; Archive created at ";
constexpr std::string_view database_prefix = ";     dbname: ";
constexpr std::string_view version_prefix = ";     Dumped from database version: ";
constexpr std::string_view extension_mark = " EXTENSION - ";

const Binaries& newest_with_pg_restore() {
  const Binaries* best = nullptr;
  for (const auto& binaries : all_binaries()) {
    if (binaries.pg_restore && (!best || binaries.major > best->major)) best = &binaries;
  }
  if (best) return *best;
  throw Error(Code::tool, "there is no pg_restore here", "install it (Debian: apt install postgresql-client)");
}

// "2026-05-11 03:00:07 UTC"; nullopt where it is none.
std::optional<base::Instant> parse_made(std::string_view text) {
  constexpr std::size_t date_width = 10;
  constexpr std::size_t time_width = 8;
  if (text.size() < date_width + 1 + time_width) return std::nullopt;
  try {
    return base::parse_rfc3339(
        fmt::format("{}T{}Z", text.substr(0, date_width), text.substr(date_width + 1, time_width)));
  } catch (const Error&) {
    return std::nullopt;
  }
}

// An entry reads "ID; CATALOG OID KIND SCHEMA NAME OWNER", those of the database itself have no schema.
bool is_about_database(std::string_view line) {
  constexpr std::array<std::string_view, 4> kinds = {" DATABASE - ", " DATABASE PROPERTIES - ", " ACL - DATABASE ",
                                                     " COMMENT - DATABASE "};
  const auto after_id = line.find("; ");
  if (after_id == std::string_view::npos || line.starts_with(";")) return false;
  for (const auto kind : kinds) {
    // "KIND" follows two numbers.
    const auto at = line.find(kind);
    if (at != std::string_view::npos &&
        line.substr(after_id + 2, at - after_id - 2).find_first_not_of("0123456789 ") == std::string_view::npos)
      return true;
  }
  return false;
}

void take_line(std::string_view line, ArchiveHeader& header) {
  if (line.starts_with(made_prefix)) {
    header.made = parse_made(line.substr(made_prefix.size()));
  } else if (line.starts_with(database_prefix)) {
    header.database = line.substr(database_prefix.size());
  } else if (line.starts_with(version_prefix)) {
    const auto version = line.substr(version_prefix.size());
    std::from_chars(version.data(), version.data() + version.size(), header.major);
  } else if (is_about_database(line)) {
    header.database_entries.emplace_back(line);
  } else if (const auto at = line.find(extension_mark); at != std::string_view::npos && !line.starts_with(";")) {
    auto name = line.substr(at + extension_mark.size());
    while (name.ends_with(' ')) name.remove_suffix(1);
    if (line.find(" COMMENT - ") == std::string_view::npos) header.extensions.emplace_back(name);
  }
}

}  // namespace

ArchiveHeader parse_listing(std::string_view listing) {
  ArchiveHeader header;
  while (!listing.empty()) {
    const auto end = listing.find('\n');
    take_line(listing.substr(0, end), header);
    listing.remove_prefix(end == std::string_view::npos ? listing.size() : end + 1);
  }
  if (header.database.empty() || header.major <= 0) throw Error(Code::input, "it does not say which database it is of");
  return header;
}

sys::Command archive_reader(std::vector<std::string> arguments, Isolation isolation,
                            const std::vector<std::filesystem::path>& readable) {
  require_sandbox(isolation);
  const auto& with = newest_with_pg_restore();
  sys::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), with.pg_restore->string());
  command.environment = with.environment();
  command.environment["TZ"] = "UTC";
  command.account = sys::server_account();
  command.directory = "/";
  if (isolation != Isolation::required) return command;
  sys::SandboxPolicy policy;
  policy.readable = with.prefixes();
  policy.readable.insert(policy.readable.end(), readable.begin(), readable.end());
  return sys::sandboxed(command, policy);
}

}  // namespace scratch
