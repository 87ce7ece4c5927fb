#include "apply/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

#include "apply/clock_values.h"
#include "apply/database_test.h"

namespace apply {
namespace {

using changeset::Change;
using changeset::Op;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t noon = 1'779'192'000'000'000;  // 2026-05-19 12:00:00 UTC
constexpr std::int64_t minute = 60'000'000;

constexpr const char* kSchema = R"sql(
  CREATE SEQUENCE web_ids;
  CREATE TABLE users (id bigint PRIMARY KEY, name text, token uuid DEFAULT gen_random_uuid(), seen timestamptz DEFAULT now());
  CREATE TABLE orders (id bigserial PRIMARY KEY, note text, made date, at timestamp, amount integer);
  CREATE TABLE items (id bigint GENERATED ALWAYS AS IDENTITY, order_id bigint REFERENCES orders, line integer,
                      PRIMARY KEY (order_id, line));
  CREATE TABLE log (order_id bigint, words text);
)sql";

struct Row {
  Op op;
  std::vector<changeset::Value> before;
  std::vector<changeset::Value> after;
};

class Comparison : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    database_ = std::make_unique<TestDatabase>(kSchema);
    catalog_ = database_->catalog();
    pg::Connection session = database_->session();
    shapes_ = std::make_unique<Shapes>(session, catalog_);
  }
  static void TearDownTestSuite() {
    shapes_.reset();
    database_.reset();
  }

  static changeset::Relation relation(const std::string& name) {
    const pg::Table* table = catalog_.find("public", name);
    return rehearse::common_shape({.name = table->qualified(), .before = table, .after = table});
  }

  std::filesystem::path file(const std::string& table, const std::vector<Row>& rows) {
    const auto path = directory_.path() / ("side" + std::to_string(++files_));
    changeset::Writer writer(path);
    const std::uint32_t index = writer.add(relation(table));
    for (const Row& row : rows) {
      writer.add(Change{.relation = index,
                        .op = row.op,
                        .before = row.before.empty() ? "" : changeset::tuple_of(row.before),
                        .after = row.after.empty() ? "" : changeset::tuple_of(row.after)});
    }
    writer.close();
    return path;
  }

  // "kind ids …" of every difference.
  std::vector<std::string> differences(const std::string& table, const std::vector<Row>& planned,
                                       const std::vector<Row>& actual) {
    const changeset::Reader one(file(table, planned));
    const changeset::Reader other(file(table, actual));
    std::vector<std::string> words;
    for (const Difference& difference :
         compare(one, rehearsal_, other, production_, *shapes_, {"public." + table}, directory_.path())) {
      std::string text(name(difference.kind));
      for (const std::string& id : difference.ids) text += " " + id;
      words.push_back(text);
      EXPECT_EQ(difference.table, "public." + table);
      EXPECT_GT(difference.rows, 0);
    }
    return words;
  }

  static std::unique_ptr<TestDatabase> database_;
  static pg::Catalog catalog_;
  static std::unique_ptr<Shapes> shapes_;
  sys::TemporaryDirectory directory_;
  int files_ = 0;
  RunWindow rehearsal_{.began = noon,
                       .ended = noon + minute,
                       .sequences = {{"public.orders_id_seq", {101, 110}}, {"public.web_ids", {5, 6}}}};
  RunWindow production_{.began = noon + 60 * minute,
                        .ended = noon + 61 * minute,
                        .sequences = {{"public.orders_id_seq", {201, 210}}, {"public.web_ids", {8, 9}}}};
};

std::unique_ptr<TestDatabase> Comparison::database_;
pg::Catalog Comparison::catalog_;
std::unique_ptr<Shapes> Comparison::shapes_;

TEST_F(Comparison, FindsNothingWhereBothDidTheSame) {
  const std::vector<Row> rows = {{Op::erase, {"1", "ann", std::nullopt, std::nullopt}, {}},
                                 {Op::update, {"2", "bob", "", "x"}, {"2", "bert", "", "x"}},
                                 {Op::insert, {}, {"3", "cy", std::nullopt, std::nullopt}}};
  EXPECT_THAT(differences("users", rows, rows), IsEmpty());
}

TEST_F(Comparison, NamesRowsByWhatBecameOfThem) {
  EXPECT_THAT(
      differences("users",
                  {{Op::erase, {"1", "ann", std::nullopt, std::nullopt}, {}},
                   {Op::update, {"2", "b", std::nullopt, std::nullopt}, {"2", "c", std::nullopt, std::nullopt}}},
                  {{Op::update, {"2", "b", std::nullopt, std::nullopt}, {"2", "d", std::nullopt, std::nullopt}},
                   {Op::erase, {"7", "eve", std::nullopt, std::nullopt}, {}}}),
      testing::UnorderedElementsAre("unplanned 7", "untouched 1", "result 2"));
}

TEST_F(Comparison, CountsEqualRowsOfTablesWithoutAKey) {
  const Row row{Op::erase, {"1", "x"}, {}};
  EXPECT_THAT(differences("log", {row, row}, {row, row}), IsEmpty());
  EXPECT_EQ(differences("log", {row, row}, {row}).size(), 1U);
  EXPECT_EQ(differences("log", {row}, {row, row}).size(), 1U);
  const auto difference = differences("log", {row}, {row, row, row});
  ASSERT_EQ(difference.size(), 1U);
  EXPECT_EQ(std::count(difference[0].begin(), difference[0].end(), ' '), 2) << "both are counted";
}

TEST_F(Comparison, LetsDrawnNumbersBeOthersInTheirOwnWindowsOnly) {
  const auto order = [](const char* id, const char* note = "n") {
    return Row{Op::insert, {}, {id, note, std::nullopt, std::nullopt, "3"}};
  };
  EXPECT_THAT(differences("orders", {order("101"), order("102")}, {order("201"), order("202")}), IsEmpty());
  EXPECT_FALSE(differences("orders", {order("101")}, {order("201"), order("202")}).empty());
  EXPECT_FALSE(differences("orders", {order("101")}, {order("211")}).empty()) << "not drawn by production";
  EXPECT_FALSE(differences("orders", {order("99")}, {order("201")}).empty()) << "not drawn by the rehearsal";
  EXPECT_FALSE(differences("orders", {order("101", "n")}, {order("201", "m")}).empty());
}

TEST_F(Comparison, DoesNotTakeAnotherColumnForADrawnOne) {
  const auto order = [](const char* id, const char* amount) {
    return Row{Op::insert, {}, {id, "n", std::nullopt, std::nullopt, amount}};
  };
  EXPECT_THAT(differences("orders", {order("101", "102")}, {order("201", "202")}),
              ElementsAre("result (drawn from public.orders_id_seq)"));
}

TEST_F(Comparison, FollowsForeignKeysToDrawnNumbers) {
  const auto item = [](const char* order, const char* line) { return Row{Op::insert, {}, {"1", order, line}}; };
  EXPECT_THAT(differences("items", {item("103", "1")}, {item("203", "1")}), IsEmpty());
  EXPECT_FALSE(differences("items", {item("103", "1")}, {item("203", "2")}).empty());
  EXPECT_FALSE(differences("items", {item("13", "1")}, {item("203", "1")}).empty());
}

TEST_F(Comparison, KnowsNumbersThatAnApplicationMints) {
  const auto user = [](const char* id) { return Row{Op::insert, {}, {id, "x", std::nullopt, std::nullopt}}; };
  EXPECT_THAT(differences("users", {user("-5")}, {user("-9")}), IsEmpty());
  EXPECT_FALSE(differences("users", {user("-5")}, {user("9")}).empty());
  EXPECT_FALSE(differences("users", {user("-5")}, {user("-10")}).empty());
}

TEST_F(Comparison, BelievesWhatIsEqualThoughItLooksDrawnOnOneSide) {
  const Row row{Op::insert, {}, {"101", "n", std::nullopt, std::nullopt, "3"}};
  EXPECT_THAT(differences("orders", {row}, {row}), IsEmpty());
}

TEST_F(Comparison, DoesNotTakeForMadeAnewWhatAnUpdateLeftAlone) {
  const auto order = [](const char* id) {
    return Row{Op::update, {id, "a", std::nullopt, std::nullopt, "3"}, {id, "b", std::nullopt, std::nullopt, "3"}};
  };
  EXPECT_THAT(differences("orders", {order("101")}, {order("201")}),
              testing::UnorderedElementsAre("unplanned 201", "untouched 101"));
}

TEST_F(Comparison, LetsRandomUuidsBeOthersWhereADefaultMadeThem) {
  const char* one = "11111111-1111-4111-8111-111111111111";
  const char* other = "22222222-2222-4222-8222-222222222222";
  const auto inserted = [](changeset::Value token) { return Row{Op::insert, {}, {"1", "x", token, std::nullopt}}; };
  const auto updated = [](const char* token) {
    return Row{Op::update, {"1", "x", std::nullopt, std::nullopt}, {"1", "x", token, std::nullopt}};
  };
  EXPECT_THAT(differences("users", {inserted(one)}, {inserted(other)}), IsEmpty());
  EXPECT_THAT(differences("users", {inserted(one)}, {inserted(std::nullopt)}), testing::Not(IsEmpty()));
  EXPECT_THAT(differences("users", {updated(one)}, {updated(other)}), testing::Not(IsEmpty()));
}

TEST_F(Comparison, LetsRandomUuidsBeOthersInRowsThatWereDeletedAndInsertedAgain) {
  const auto again = [](const char* token) {
    return Row{
        Op::update, {"1", "x", "33333333-3333-4333-8333-333333333333", std::nullopt}, {"1", "y", token, std::nullopt}};
  };
  const Row one = again("11111111-1111-4111-8111-111111111111");
  const Row other = again("22222222-2222-4222-8222-222222222222");
  EXPECT_THAT(differences("users", {one}, {other}), ElementsAre("result 1"));
  rehearsal_.inserted["public.users"] = 1;
  EXPECT_THAT(differences("users", {one}, {other}), ElementsAre("result 1"));
  production_.inserted["public.users"] = 1;
  EXPECT_THAT(differences("users", {one}, {other}), IsEmpty());
  const Row made{Op::insert, {}, {"2", "z", std::nullopt, std::nullopt}};
  EXPECT_THAT(differences("users", {one, made}, {other, made}), ElementsAre("result 1")) << "all are accounted for";
}

TEST_F(Comparison, LetsTheClockBeLaterAndNothingElse) {
  const auto user = [](const char* seen) {
    return Row{Op::update, {"1", "x", std::nullopt, "2020-01-01 00:00:00+00"}, {"1", "x", std::nullopt, seen}};
  };
  EXPECT_THAT(differences("users", {user("2026-05-19 12:00:30.5+00")}, {user("2026-05-19 13:00:10+00")}), IsEmpty());
  EXPECT_THAT(differences("users", {user("2026-05-19 12:00:30.5+00")}, {user("2026-05-19 14:00:10+00")}),
              ElementsAre("result 1"));
  EXPECT_THAT(differences("users", {user("2026-05-18 12:00:30.5+00")}, {user("2026-05-19 13:00:10+00")}),
              ElementsAre("result 1"));
}

// Whatever one thing is changed on one side: it is said.
TEST_F(Comparison, FindsEverySingleMutation) {
  std::mt19937 random(20260519);
  const auto text = [&] { return std::string(1 + random() % 3, static_cast<char>('a' + random() % 3)); };
  for (int round = 0; round < 300; ++round) {
    std::vector<std::vector<std::string>> images;  // id, note before, note after
    for (std::size_t i = 0; i < 1 + random() % 12; ++i) images.push_back({std::to_string(i), text(), text() + "!"});
    const auto rows_of = [](const std::vector<std::vector<std::string>>& from) {
      std::vector<Row> rows;
      for (const auto& image : from) {
        const std::vector<changeset::Value> before{image[0], image[1], std::nullopt, std::nullopt, "1"};
        const std::vector<changeset::Value> after{image[0], image[2], std::nullopt, std::nullopt, "1"};
        switch (std::stoi(image[0]) % 3) {
          case 0:
            rows.push_back({Op::erase, before, {}});
            break;
          case 1:
            rows.push_back({Op::update, before, after});
            break;
          default:
            rows.push_back({Op::insert, {}, after});
        }
      }
      return rows;
    };
    auto mutated = images;
    const std::size_t victim = random() % mutated.size();
    const int kind = std::stoi(mutated[victim][0]) % 3;
    switch (random() % 3) {
      case 0:
        mutated.erase(mutated.begin() + static_cast<std::ptrdiff_t>(victim));
        break;
      case 1:
        mutated[victim][kind == 0 ? 1 : 2] += "?";
        break;
      default:
        mutated.push_back({std::to_string(900 + random() % 90), text(), text()});
    }
    EXPECT_THAT(differences("orders", rows_of(images), rows_of(images)), IsEmpty());
    EXPECT_EQ(differences("orders", rows_of(images), rows_of(mutated)).size(), 1U) << "round " << round;
    EXPECT_EQ(differences("orders", rows_of(mutated), rows_of(images)).size(), 1U) << "round " << round;
  }
}

TEST(ClockValues, AreReadingsInTheWindowByTheirType) {
  const auto token = [](std::string_view type, std::string_view value) {
    return clock_token(type, value, noon, noon + minute).value_or("none");
  };
  EXPECT_EQ(token("timestamp with time zone", "2026-05-19 12:00:59.999999+00"), "(now)");
  EXPECT_EQ(token("timestamp(0) with time zone", "2026-05-19 12:01:01+00"), "(now)");
  EXPECT_EQ(token("timestamp with time zone", "2026-05-19 12:01:02+00"), "none");
  EXPECT_EQ(token("timestamp with time zone", "2026-05-19 14:00:00+00"), "none");
  EXPECT_EQ(token("timestamp without time zone", "2026-05-19 14:00:00"), "(now +120 min)");
  EXPECT_EQ(token("timestamp without time zone", "2026-05-19 17:30:30"), "(now +330 min)");
  EXPECT_EQ(token("timestamp without time zone", "2026-05-19 14:07:00"), "none");
  EXPECT_EQ(token("date", "2026-05-19"), "(today +0)");
  EXPECT_EQ(token("date", "2026-05-22"), "none");
  for (const char* damaged : {"", "infinity", "-infinity", "2026-05-19 12:00:00 BC", "2026-13-19 12:00:00+00",
                              "2026-05-19", "0044-03-15 00:00:00+00 BC", "99999999999-05-19 12:00:00+00"}) {
    EXPECT_EQ(token("timestamp with time zone", damaged), "none") << damaged;
  }
  EXPECT_EQ(token("text", "2026-05-19 12:00:00+00"), "none");
}

}  // namespace
}  // namespace apply
