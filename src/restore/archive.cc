#include "restore/archive.h"

#include <fcntl.h>
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <filesystem>

#include "base/error.h"
#include "restore/feed.h"
#include "scratch/dump_scan.h"
#include "sql/script.h"
#include "sys/account.h"
#include "sys/fd.h"
#include "sys/file.h"

namespace restore {

namespace {

namespace fs = std::filesystem;

// Writes to `out` what pg_restore says about the archive.
void inspect(const Choice& choice, const repository::KeyRing* keys, const sys::Command& command, const fs::path& out,
             const fs::path& temporary) {
  const sys::Fd file(::open(out.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  if (!file) throw base::Error(base::Code::storage, fmt::format("cannot write {}", out.string()));
  ObjectFeed feed(choice, object_of(choice, dump_object), keys, temporary);
  feed.run_on_front(command, file.get());
}

// pg_restore's output without its comments and psql's meta-commands.
std::vector<std::string> statements_of(const std::string& text) {
  std::string sql;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1);
    const std::string line = text.substr(at, end + 1 - at);
    if (!line.starts_with('\\') && !line.starts_with("--")) sql += line;
    at = end + 1;
  }
  std::vector<std::string> statements;
  sql::Splitter splitter(sql, "the archive");
  while (const auto statement = splitter.next()) {
    const std::string_view words = statement->text;
    if (words.starts_with("SET ") || words.starts_with("SELECT ")) continue;
    statements.emplace_back(words);
  }
  return statements;
}

}  // namespace

scratch::ArchiveHeader read_header(const Choice& choice, const repository::KeyRing* keys,
                                   scratch::Isolation isolation) {
  const sys::TemporaryDirectory temporary({}, sys::server_account());
  const auto listing = temporary.path() / "list";
  inspect(choice, keys, scratch::archive_reader({"--list", "--create"}, isolation), listing, temporary.path());
  return scratch::parse_listing(sys::read_file(listing));
}

Definitions read_definitions(const Choice& choice, const repository::KeyRing* keys, scratch::Isolation isolation,
                             const scratch::ArchiveHeader& header) {
  const sys::TemporaryDirectory temporary({}, sys::server_account());
  const auto all = temporary.path() / "schema.sql";
  inspect(choice, keys, scratch::archive_reader({"--schema-only", "--create", "--file=-"}, isolation), all,
          temporary.path());
  Definitions definitions{.roles = scratch::scan_dump(all).roles, .database = {}};
  const auto wanted = temporary.path() / "entries";
  sys::write_file(wanted, fmt::format("{}\n", fmt::join(header.database_entries, "\n")), 0644);
  const auto own = temporary.path() / "database.sql";
  inspect(choice, keys,
          scratch::archive_reader({"--create", "--use-list=" + wanted.string(), "--file=-"}, isolation, {wanted}), own,
          temporary.path());
  definitions.database = statements_of(sys::read_file(own));
  return definitions;
}

std::string about_database(const std::string& statement, const std::string& archived, const std::string& wanted) {
  constexpr std::string_view word = "DATABASE ";
  const auto at = statement.find(word);
  if (at == std::string::npos) return statement;
  const auto name = at + word.size();
  // pg_dump quotes a name that needs it; quote_identifier() quotes a few more.
  std::string doubled;
  for (const char c : archived) doubled += c == '"' ? "\"\"" : std::string(1, c);
  for (const std::string& written : {fmt::format("\"{}\"", doubled), archived}) {
    const auto after = name + written.size();
    if (statement.compare(name, written.size(), written) != 0) continue;
    if (after < statement.size() && statement[after] != ' ') continue;
    return statement.substr(0, name) + pg::quote_identifier(wanted) + statement.substr(after);
  }
  throw base::Error(base::Code::input, fmt::format("the archive of {} sets up another database", archived));
}

std::optional<std::string> without_tablespace(const std::string& statement) {
  constexpr std::string_view clause = " TABLESPACE = ";  // the last one that pg_dump writes
  const auto at = statement.rfind(clause);
  if (at == std::string::npos) return std::nullopt;
  const std::string_view name = std::string_view(statement).substr(at + clause.size());
  const bool quoted = name.size() > 2 && name.starts_with('"') && name.ends_with('"');
  if (!quoted && name.find_first_of(" \"") != std::string_view::npos) return std::nullopt;
  return statement.substr(0, at);
}

}  // namespace restore
