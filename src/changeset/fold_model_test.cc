// The law of the fold, on random histories: what comes out is the difference of the tables before and after.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "changeset/changeset_test.h"
#include "changeset/fold.h"

namespace changeset {
namespace {

using Row = std::vector<std::optional<std::string>>;

std::string encoded(const Row& row) {
  TupleWriter writer;
  for (const auto& value : row) writer.add(value);
  return writer.take();
}

struct Table {
  Relation relation;
  std::uint32_t index = 0;
  std::vector<Row> rows;

  std::string key(const std::string& tuple) const {
    std::string key;
    for (const std::uint32_t column : relation.key) put_value(key, value_at(tuple, column));
    return key;
  }
};

// Tables in memory, and a writer that is told of everything that happens to them.
class History {
 public:
  History(unsigned seed, const std::filesystem::path& path) : random_(seed), writer_(path) {
    padding_ = seed % 50 == 0 ? 3000 : 0;
    add_table("keyed", {0});
    add_table("composite", {2, 0});
    add_table("keyless", {});
    for (Table& table : tables_) {
      for (std::size_t i = random_() % 12; i > 0; --i) {
        Row row = random_row();
        if (fits(table, row, nullptr)) table.rows.push_back(std::move(row));
      }
    }
    before_ = tables_;
  }

  void run(std::size_t statements) {
    for (std::uint32_t i = 1; i <= statements; ++i) {
      change_.statement = i;
      step(tables_[random_() % tables_.size()]);
    }
    writer_.close();
  }

  // "op relation before after" of every row that differs.
  std::multiset<std::string> difference() const {
    std::multiset<std::string> lines;
    for (std::size_t i = 0; i < tables_.size(); ++i) {
      if (tables_[i].relation.key.empty()) {
        compare_multisets(before_[i], tables_[i], lines);
      } else {
        compare_by_key(before_[i], tables_[i], lines);
      }
    }
    return lines;
  }

  static std::string line(const Change& change) {
    return std::string(1, static_cast<char>(change.op)) + std::to_string(change.relation) + "[" + change.before + "][" +
           change.after + "]";
  }

 private:
  void add_table(const char* name, std::vector<std::uint32_t> key) {
    Table table{.relation = relation_of(name, {"a", "b", "c"}, std::move(key)), .rows = {}};
    table.index = writer_.add(table.relation);
    tables_.push_back(std::move(table));
  }

  Row random_row() {
    Row row;
    for (std::size_t column = 0; column < 3; ++column) {
      const auto pick = random_() % (column == 1 ? 3 : 8);
      if (pick == 0 && column == 1) {
        row.emplace_back();
      } else {
        row.emplace_back(std::to_string(pick) + std::string(padding_, 'p'));
      }
    }
    return row;
  }

  // True where no row but `self` has the key of `row`.
  static bool fits(const Table& table, const Row& row, const Row* self) {
    if (table.relation.key.empty()) return true;
    return std::none_of(table.rows.begin(), table.rows.end(), [&](const Row& other) {
      return &other != self && table.key(encoded(other)) == table.key(encoded(row));
    });
  }

  void tell(const Table& table, Op op, const Row* before, const Row* after) {
    change_.relation = table.index;
    change_.op = op;
    change_.before = before ? encoded(*before) : "";
    change_.after = after ? encoded(*after) : "";
    writer_.add(change_);
  }

  void step(Table& table) {
    const auto action = random_() % 10;
    if (action == 0) return tell(table, Op::truncate, nullptr, nullptr);
    if (action == 1) return permute(table);
    if (action < 5 || table.rows.empty()) return insert(table, random_row());
    const std::size_t at = random_() % table.rows.size();
    if (action < 7) return erase(table, at);
    Row row = random_row();
    if (action == 7) row = table.rows[at];
    if (action == 8) row = with_key_of(table, table.rows[at], std::move(row));
    if (!fits(table, row, &table.rows[at])) return;
    tell(table, Op::update, &table.rows[at], &row);
    table.rows[at] = std::move(row);
  }

  void insert(Table& table, Row row) {
    if (!fits(table, row, nullptr)) return;
    tell(table, Op::insert, nullptr, &row);
    table.rows.push_back(std::move(row));
  }

  void erase(Table& table, std::size_t at) {
    tell(table, Op::erase, &table.rows[at], nullptr);
    table.rows.erase(table.rows.begin() + static_cast<std::ptrdiff_t>(at));
  }

  static Row with_key_of(const Table& table, const Row& owner, Row row) {
    for (const std::uint32_t column : table.relation.key) row[column] = owner[column];
    return row;
  }

  // Hands the keys round among the rows in one statement, as a deferrable key allows; now and then one of them is
  // updated or deleted while two rows have its key.
  void permute(Table& table) {
    if (table.relation.key.empty() || table.rows.size() < 2) return;
    std::vector<std::size_t> target(table.rows.size());
    std::iota(target.begin(), target.end(), 0);
    std::shuffle(target.begin(), target.end(), random_);
    const std::vector<Row> old = table.rows;
    for (std::size_t i = 0; i < old.size(); ++i) {
      Row row = with_key_of(table, old[target[i]], old[i]);
      tell(table, Op::update, &old[i], &row);
      table.rows[i] = row;
      if (random_() % 4) continue;
      row[1] = "between";
      tell(table, Op::update, &table.rows[i], &row);
      table.rows[i] = row;
    }
    if (random_() % 2) erase(table, random_() % table.rows.size());
  }

  static void compare_by_key(const Table& before, const Table& after, std::multiset<std::string>& lines) {
    std::map<std::string, std::pair<std::string, std::string>> images;
    for (const Row& row : before.rows) images[before.key(encoded(row))].first = encoded(row);
    for (const Row& row : after.rows) images[after.key(encoded(row))].second = encoded(row);
    for (const auto& [key, pair] : images) {
      const auto& [was, is] = pair;
      if (was == is) continue;
      const Op op = was.empty() ? Op::insert : is.empty() ? Op::erase : Op::update;
      lines.insert(line({.relation = before.index, .op = op, .before = was, .after = is}));
    }
  }

  static void compare_multisets(const Table& before, const Table& after, std::multiset<std::string>& lines) {
    std::map<std::string, int> balance;
    for (const Row& row : before.rows) --balance[encoded(row)];
    for (const Row& row : after.rows) ++balance[encoded(row)];
    for (const auto& [tuple, count] : balance) {
      for (int i = 0; i < count; ++i) {
        lines.insert(line({.relation = before.index, .op = Op::insert, .before = {}, .after = tuple}));
      }
      for (int i = 0; i < -count; ++i) {
        lines.insert(line({.relation = before.index, .op = Op::erase, .before = tuple, .after = {}}));
      }
    }
  }

  std::mt19937 random_;
  std::size_t padding_ = 0;
  Writer writer_;
  std::vector<Table> tables_;
  std::vector<Table> before_;
  Change change_;
};

std::vector<std::string> folded(const Reader& reader, const TestDirectory& directory, std::uint64_t memory_limit) {
  Fold fold({.directory = directory.path(), .memory_limit = memory_limit, .rank = {}});
  reader.for_each([&](const Change& change, Position position) {
    fold.add(reader.relations()[change.relation], change, position);
  });
  std::vector<std::string> lines;
  std::vector<std::string> tables;
  fold.finish(reader, [&](const Change& change) {
    lines.push_back(History::line(change));
    const std::string& table = reader.relations()[change.relation].name;
    if (tables.empty() || tables.back() != table) tables.push_back(table);
  });
  EXPECT_TRUE(std::is_sorted(tables.begin(), tables.end())) << "tables out of order, or not in one piece";
  return lines;
}

TEST(FoldModel, IsTheDifferenceOfTheTablesBeforeAndAfter) {
  for (unsigned seed = 0; seed < 2000; ++seed) {
    TestDirectory directory;
    History history(seed, directory / "file");
    history.run(seed % 7 * 40);
    const Reader reader(directory / "file");
    const std::uint64_t memory = std::vector<std::uint64_t>{0, 500, 3000, 100000}[seed % 4];
    const auto lines = folded(reader, directory, memory);
    ASSERT_EQ(std::multiset<std::string>(lines.begin(), lines.end()), history.difference()) << "seed " << seed;
    if (seed % 10 == 0) {
      ASSERT_EQ(lines, folded(reader, directory, 64 << 20)) << "order depends on memory, seed " << seed;
    }
  }
}

TEST(FoldModel, HoldsOverManyFrames) {
  for (unsigned seed = 0; seed < 3; ++seed) {
    TestDirectory directory;
    History history(seed * 50, directory / "file");
    history.run(3000);
    const Reader reader(directory / "file");
    ASSERT_GT(changes_of(reader).back().position.frame, format::header_size);
    const auto lines = folded(reader, directory, 20000);
    ASSERT_EQ(std::multiset<std::string>(lines.begin(), lines.end()), history.difference());
  }
}

}  // namespace
}  // namespace changeset
