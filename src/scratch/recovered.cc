#include "scratch/recovered.h"

#include <fmt/format.h>

#include <array>
#include <fstream>
#include <set>

#include "base/error.h"
#include "pg/catalog.h"
#include "sys/file.h"

namespace scratch {
namespace {

namespace fs = std::filesystem;

// One file between two connections, each of which wants to set the pace.
class RowFile {
 public:
  explicit RowFile(fs::path path) : path_(std::move(path)) {}
  ~RowFile() {
    std::error_code ignored;
    fs::remove(path_, ignored);
  }
  RowFile(const RowFile&) = delete;
  RowFile& operator=(const RowFile&) = delete;

  void fill(pg::Connection& from, const std::string& table) {
    std::ofstream file(path_, std::ios::binary | std::ios::trunc);
    from.copy_out("copy " + table + " to stdout (format binary)", [&](std::string_view bytes) {
      file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    });
    file.close();
    if (!file)
      throw base::Error(base::Code::storage, fmt::format("cannot write {}: is the disk full?", path_.string()));
  }

  void pour(pg::Connection& into, const std::string& table) {
    std::ifstream file(path_, std::ios::binary);
    std::vector<char> buffer(256 << 10);
    into.copy_in("copy " + table + " from stdin (format binary)", [&]() -> std::string_view {
      file.read(buffer.data(), static_cast<std::streamsize>(buffer.size()));
      return {buffer.data(), static_cast<std::size_t>(file.gcount())};
    });
  }

 private:
  fs::path path_;
};

// Tables are gone through in one snapshot of the source; those made since the copy are not in it.
constexpr const char* unlogged_tables = R"(
  select n.nspname, c.relname,
         pg_catalog.has_table_privilege(c.oid, 'SELECT') and not pg_catalog.row_security_active(c.oid)
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and c.relpersistence = 'u'
  order by 1, 2)";

bool exists_in(pg::Connection& draft, const std::string& table) {
  return draft.one_value("select pg_catalog.to_regclass($1)::text", {table}).has_value();
}

// Triggers that fire even as a replica would write once more what the copied rows made them write already.
class SilencedTriggers {
 public:
  SilencedTriggers(pg::Connection& draft, std::string table) : draft_(draft), table_(std::move(table)) {
    triggers_ = draft_.rows(
        "select pg_catalog.quote_ident(tgname), case tgenabled when 'A' then 'always' else 'replica' end"
        " from pg_catalog.pg_trigger"
        " where tgrelid = $1::regclass and not tgisinternal and tgenabled in ('A', 'R')",
        {table_});
    for (const auto& trigger : triggers_) alter("disable trigger", trigger);
  }
  void restore() {
    for (const auto& trigger : triggers_) alter(fmt::format("enable {} trigger", *trigger[1]), trigger);
  }

 private:
  void alter(const std::string& how, const pg::Row& trigger) {
    draft_.none(fmt::format("alter table {} {} {}", table_, how, *trigger[0]));
  }

  pg::Connection& draft_;
  std::string table_;
  std::vector<pg::Row> triggers_;
};

}  // namespace

void fill_unlogged_tables(pg::Connection& source, pg::Connection& draft, const fs::path& temporary,
                          std::vector<std::string>& notes) {
  if (source.one_value("select pg_catalog.pg_is_in_recovery()") == "t") {
    if (!source.rows(unlogged_tables).empty())
      notes.emplace_back("unlogged tables are empty: the source is a standby, which does not have their rows");
    return;
  }
  source.none("begin isolation level repeatable read read only");
  source.none("set local statement_timeout = 0");
  draft.none("begin");
  draft.none("set local session_replication_role = replica");
  RowFile rows(temporary / "unlogged");
  for (const auto& found : source.rows(unlogged_tables)) {
    const auto table = pg::quote_qualified(*found[0], *found[1]);
    if (!exists_in(draft, table)) continue;
    if (found[2] != "t") {
      notes.push_back(fmt::format("unlogged table {}.{} is empty: its rows may not be read", *found[0], *found[1]));
      continue;
    }
    base::in_context(fmt::format("copying the rows of unlogged table {}", table), [&] {
      rows.fill(source, table);
      SilencedTriggers triggers(draft, table);
      rows.pour(draft, table);
      triggers.restore();
    });
  }
  draft.none("commit");
  source.none("commit");
}

void correct_sequences(pg::Connection& source, pg::Connection& draft) {
  std::set<std::uint32_t> readable;
  std::set<std::uint32_t> unlogged;
  for (const auto& row : source.rows(R"(
         select c.oid, c.relpersistence
         from pg_catalog.pg_sequence s join pg_catalog.pg_class c on c.oid = s.seqrelid
         where pg_catalog.has_sequence_privilege(s.seqrelid, 'SELECT')
           and (c.relpersistence = 'p' or not pg_catalog.pg_is_in_recovery()))")) {
    const auto oid = static_cast<std::uint32_t>(std::stoul(*row[0]));
    readable.insert(oid);
    if (row[1] == "u") unlogged.insert(oid);
  }
  const auto real = pg::read_sequences(source);
  for (const auto& [oid, recovered] : pg::read_sequences(draft)) {
    const auto found = real.find(oid);
    if (found == real.end() || !readable.contains(oid)) continue;
    const auto& at = found->second;
    const bool ahead = at.increment > 0 ? recovered.next() > at.next() : recovered.next() < at.next();
    const bool differs = recovered.last_value != at.last_value || recovered.is_called != at.is_called;
    if (!differs || (!ahead && !unlogged.contains(oid) && recovered.next() != at.next())) continue;
    draft.none("select pg_catalog.setval($1::pg_catalog.oid::pg_catalog.regclass, $2, $3)",
               {std::to_string(oid), std::to_string(at.last_value), at.is_called ? "true" : "false"});
  }
}

}  // namespace scratch
