#include "apply/put_back.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <optional>
#include <set>

#include "apply/counters.h"
#include "apply/dependents.h"
#include "apply/durable.h"
#include "apply/lock_watch.h"
#include "apply/read_back.h"
#include "apply/row_limits.h"
#include "apply/standing.h"
#include "apply/survey.h"
#include "apply/table_rows.h"
#include "apply/writer.h"
#include "base/error.h"

namespace apply {

namespace {

namespace fs = std::filesystem;

// A transaction of the session that is rolled back unless somebody ended it.
class Transaction {
 public:
  Transaction(pg::Connection& session, bool execute) : session_(session) {
    session.none(execute ? "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
                         : "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  }
  ~Transaction() {
    try {
      if (session_.in_transaction()) session_.none("ROLLBACK");
    } catch (const base::Error&) {
      // The connection is gone, and the transaction with it.
    }
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

 private:
  pg::Connection& session_;
};

// Files that hold what is to be written, each made from the one before it.
class Inverse {
 public:
  explicit Inverse(const fs::path& directory) : path_(directory / "inverse") {}

  void make(const std::function<void(changeset::Writer&)>& fill) {
    reader_.reset();
    const fs::path next = path_.string() + std::to_string(++number_);
    changeset::Writer writer(next);
    fill(writer);
    writer.close();
    fs::remove(current_);
    current_ = next;
    reader_.emplace(current_);
  }
  void leave_out(const std::set<changeset::Position>& positions) {
    const changeset::Reader before(current_);
    make([&](changeset::Writer& writer) {
      for (const changeset::Relation& relation : before.relations()) writer.add(relation);
      before.for_each([&](const changeset::Change& change, changeset::Position position) {
        if (!positions.contains(position)) writer.add(change);
      });
    });
  }
  const changeset::Reader& reader() const { return *reader_; }

 private:
  fs::path path_;
  fs::path current_;
  int number_ = 0;
  std::optional<changeset::Reader> reader_;
};

class Undoing {
 public:
  Undoing(Target& target, const PutBack& what, const UndoOptions& options)
      : target_(target), what_(what), options_(options), inverse_(what.directory) {}

  Undone run() {
    const LockWatch watch(target_);
    pg::Catalog catalog;
    try {
      catalog = pg::read_catalog(target_.session());
      return run_patiently(catalog);
    } catch (base::Error& error) {
      if (error.sqlstate() == "42501") refuse_for_want_of_privilege(error, catalog);
      if (error.sqlstate() == "55P03" || watch.gave_up()) give_up(error, watch);
      if (error.sqlstate() == "57014") error.with_hint("--statement-timeout allows a statement more");
      if (error.sqlstate() == "40P01") error.with_hint("others wanted the same rows: try again");
      throw;
    }
  }

 private:
  // All that is missing at once, where it can be told from here.
  [[noreturn]] void refuse_for_want_of_privilege(const base::Error& error, const pg::Catalog& catalog) const {
    std::optional<Unwritable> whole;
    try {
      whole = why_not_writable(target_, catalog, changeset::Reader(what_.changes), Way::back);
    } catch (const base::Error&) {
      // A table is not there any more, say: then what the server said has to do.
    }
    if (whole) throw base::Error(base::Code::refused, whole->why, whole->remedy);
    throw base::Error(base::Code::refused,
                      fmt::format("role {} may not see or write these rows: {}", target_.role(), error.message()),
                      "GRANT what is missing, or say --role, or connect as one that row-level security does "
                      "not apply to (BYPASSRLS, or the tables' owner where it is not forced)");
  }

  [[noreturn]] static void give_up(const base::Error& error, const LockWatch& watch) {
    const std::string wanted = watch.wanted();
    const std::vector<std::string> blockers = watch.blockers();
    throw base::Error(
        error.code(),
        fmt::format("{} locked{}{}", wanted.empty() ? "rows to be put back, or their tables, are" : wanted + " is",
                    blockers.empty() ? "" : " by ", fmt::join(blockers, ", ")),
        "try again when they have ended, or wait longer with --lock-timeout")
        .with_sqlstate("55P03");
  }

  // The questions asked beforehand see nearly everything. What is left is met by the server, a row at a time.
  Undone run_patiently(const pg::Catalog& catalog) {
    constexpr int attempts = 4;
    for (int attempt = 1;; ++attempt) {
      try {
        Undone undone = run(catalog, attempt > 1);
        conflicts_.close();
        return undone;
      } catch (base::Error& error) {
        if (committing_ || !is_of_one_row(error)) throw;
        if (attempt < attempts) continue;
        throw base::Error(base::Code::refused, fmt::format("the server does not take these rows: {}", error.message()),
                          "others write what stands in the way as fast as it is looked at: try again later")
            .with_sqlstate(error.sqlstate());
      }
    }
  }

  Undone run(const pg::Catalog& catalog, bool row_by_row) {
    conflicts_ = Conflicts(options_.conflicts, replaced());
    const Transaction transaction(target_.session(), options_.execute);
    const PinnedSession pinned(target_.session());
    look(catalog);
    if (options_.mode == UndoMode::refuse) {
      find_all_dependents(catalog);
    } else {
      settle(catalog);
    }
    check_writable(target_, catalog, inverse_.reader());
    Undone undone = summary(catalog);
    if (!undone.possible || !options_.execute) return undone;
    if (row_by_row && leave_losers(catalog)) undone = summary(catalog);
    if (!undone.possible) return undone;
    keep();
    const Counters counters(target_.session());
    const auto written = write_rows(target_, catalog, inverse_.reader());
    read_back(target_.session(), inverse_.reader(), written, counters);
    undone.undone = true;
    committing_ = true;
    what_.commit(undone);
    return undone;
  }

  // What somebody may still want once the transaction has ended.
  void keep() {
    conflicts_.close();
    if (overwritten_ > 0 && !what_.overwritten.empty()) make_durable(what_.overwritten);
    if (conflicts_.count() > 0 && !what_.left.empty()) {
      conflicts_.rows().write(changeset::Reader(what_.changes), what_.left);
    }
  }

  void look(const pg::Catalog& catalog) {
    const changeset::Reader changes(what_.changes);
    std::optional<changeset::Writer> overwritten;
    if (options_.mode == UndoMode::force && options_.execute && !what_.overwritten.empty()) {
      overwritten.emplace(what_.overwritten);
    }
    inverse_.make([&](changeset::Writer& inverse) {
      overwritten_ = examine(target_.session(), changes, catalog, {.mode = options_.mode, .lock = options_.execute},
                             inverse, overwritten ? &*overwritten : nullptr, conflicts_);
    });
    if (overwritten) overwritten->close();
    conflicts_.close_replaced();
  }

  // Everything that stands in the way, for people to read: nothing will be done.
  void find_all_dependents(const pg::Catalog& catalog) {
    std::set<changeset::Position> seen;
    const auto note = [&](const Dependent& dependent) {
      if (seen.insert(dependent.position).second) add(dependent);
    };
    find_unfit(target_.session(), inverse_.reader(), catalog, note);
    find_dependents(target_.session(), inverse_.reader(), catalog, note);
  }

  // Leaves out what cannot be done, and then what hangs on that, until nothing is in the way.
  void settle(const pg::Catalog& catalog) {
    leave_out(find_unfit, catalog);
    const changeset::Reader others(replaced());
    const auto find = [&](auto& session, const auto& inverse, const auto&, const auto& conflict) {
      find_dependents(session, inverse, catalog, conflict, &others);
    };
    while (leave_out(find, catalog)) {
    }
  }

  fs::path replaced() const { return what_.directory / "replaced"; }

  // Returns whether there was any.
  template <typename Find>
  bool leave_out(Find find, const pg::Catalog& catalog) {
    std::set<changeset::Position> out;
    find(target_.session(), inverse_.reader(), catalog, [&](const Dependent& dependent) {
      if (out.insert(dependent.position).second) add(dependent);
    });
    if (!out.empty()) inverse_.leave_out(out);
    return !out.empty();
  }

  // What the server does not take is a conflict like any other. Returns whether there is any.
  bool leave_losers(const pg::Catalog& catalog) {
    bool any = false;
    for (;;) {
      const std::vector<Loser> losers = find_losers(target_, catalog, inverse_.reader());
      if (losers.empty()) return any;
      any = true;
      std::set<changeset::Position> out;
      for (const Loser& loser : losers) {
        const changeset::Change change = inverse_.reader().at(loser.position);
        const changeset::Relation& relation = inverse_.reader().relations().at(change.relation);
        const std::string id = row_id(relation, change.before.empty() ? change.after : change.before);
        conflicts_.add(relation, change, id, kind_of(loser), said_by_server(loser.message));
        out.insert(loser.position);
      }
      if (options_.mode == UndoMode::refuse) return true;
      inverse_.leave_out(out);
      settle(catalog);
    }
  }

  // What it names comes first: at the end of a long line it would be cut off.
  static std::string said_by_server(const std::string& message) {
    constexpr std::string_view before = "constraint \"";
    const std::size_t at = message.find(before);
    const std::size_t end = at == std::string::npos ? at : message.find('"', at + before.size());
    if (end == std::string::npos) return "the server says: " + message;
    const std::string name = message.substr(at + before.size(), end - at - before.size());
    return fmt::format("{} does not allow it; the server says: {}", name, message);
  }

  static std::string kind_of(const Loser& loser) {
    if (loser.sqlstate == "23505" || loser.sqlstate == "23P01") return "unique";
    if (loser.sqlstate == "23503") return loser.op == changeset::Op::erase ? "referenced" : "orphaned";
    return "constraint";
  }

  void add(const Dependent& dependent) {
    conflicts_.add(dependent.relation, inverse_.reader().at(dependent.position), dependent.id, dependent.kind,
                   dependent.message + (dependent.holder.empty() ? "" : ": row " + dependent.holder));
  }

  std::vector<std::string> altered_since(const Survey& survey) const {
    std::vector<std::string> notes;
    for (const changeset::Relation& relation : inverse_.reader().relations()) {
      const auto found = survey.tables().find(relation.qualified());
      if (found == survey.tables().end() || found->second.counts.inserted + found->second.counts.updated == 0) continue;
      const std::vector<std::string> types = column_types(target_.session(), relation);
      const std::vector<std::string> said = alterations(*found->second.table, relation, types);
      notes.insert(notes.end(), said.begin(), said.end());
    }
    return notes;
  }

  Undone summary(const pg::Catalog& catalog) const {
    Undone undone{.conflict_count = conflicts_.count(), .conflicts = conflicts_.first(), .overwritten = overwritten_};
    const Survey survey(inverse_.reader(), catalog, {}, [](std::uint32_t) { return false; });
    undone.notes = altered_since(survey);
    for (const auto& [name, table] : survey.tables()) {
      undone.inserted += table.counts.inserted;
      undone.updated += table.counts.updated;
      undone.deleted += table.counts.deleted;
    }
    const bool some = undone.inserted + undone.updated + undone.deleted > 0;
    undone.possible = conflicts_.count() == 0 || (options_.mode != UndoMode::refuse && some);
    return undone;
  }

  Target& target_;
  const PutBack& what_;
  UndoOptions options_;
  Inverse inverse_;
  Conflicts conflicts_;
  std::int64_t overwritten_ = 0;
  bool committing_ = false;
};

}  // namespace

Undone put_back(Target& target, const PutBack& what, const UndoOptions& options) {
  return Undoing(target, what, options).run();
}

}  // namespace apply
