#include "apply/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <random>

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
  CREATE TABLE shelves (place integer PRIMARY KEY);
  CREATE TABLE boxes (words text, shelf_id integer REFERENCES shelves);
  CREATE TABLE invoices (id bigint PRIMARY KEY);
  CREATE TABLE payments (words text, of_invoice bigint REFERENCES invoices);
  CREATE TABLE parts (id bigint PRIMARY KEY) PARTITION BY RANGE (id);
  CREATE TABLE parts_low PARTITION OF parts FOR VALUES FROM (0) TO (1000);
  CREATE TABLE notes (words text, of_part bigint REFERENCES parts);
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

  using Tables = std::map<std::string, std::vector<Row>>;

  std::filesystem::path file(const Tables& tables) {
    const auto path = directory_.path() / ("side" + std::to_string(++files_));
    changeset::Writer writer(path);
    for (const auto& [table, rows] : tables) {
      const std::uint32_t index = writer.add(relation(table));
      for (const Row& row : rows) {
        writer.add(Change{.relation = index,
                          .op = row.op,
                          .before = row.before.empty() ? "" : changeset::tuple_of(row.before),
                          .after = row.after.empty() ? "" : changeset::tuple_of(row.after)});
      }
    }
    writer.close();
    return path;
  }

  // "kind ids …" of every difference, "table kind ids …" where there are several tables. Those in `settled` are not
  // among the actual changes.
  std::vector<std::string> differences(const Tables& planned, const Tables& actual) {
    const changeset::Reader one(file(planned));
    const changeset::Reader other(file(actual));
    std::set<std::string> tables;
    for (const auto* side : {&planned, &actual}) {
      for (const auto& [table, rows] : *side) {
        if (!settled_.contains(table)) tables.insert("public." + table);
      }
    }
    std::vector<std::string> words;
    for (const Difference& difference : compare(
             {.planned = one,
              .rehearsal = rehearsal_,
              .actual = other,
              .production = production_,
              .shapes = *shapes_,
              .tables = tables,
              .elsewhere = [this](const std::string& sequence, const auto& values) { return held(sequence, values); },
              .directory = directory_.path()})) {
      std::string text(name(difference.kind));
      for (const std::string& id : difference.ids) text += " " + id;
      words.push_back(planned.size() > 1 ? difference.table.substr(7) + " " + text : text);
      EXPECT_GT(difference.rows, 0);
      columns_ = difference.columns;
    }
    return words;
  }
  std::vector<std::string> differences(const std::string& table, const std::vector<Row>& planned,
                                       const std::vector<Row>& actual) {
    return differences({{table, planned}}, {{table, actual}});
  }

  std::set<std::string> held(const std::string& sequence, const std::vector<std::string>& values) const {
    std::set<std::string> found;
    for (const std::string& value : values) {
      if (elsewhere_.contains(sequence + " " + value)) found.insert(value);
    }
    return found;
  }

  std::set<std::string> elsewhere_;  // "sequence value", " uuid"
  std::set<std::string> settled_;
  std::vector<std::string> columns_;  // of the last difference
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
              ElementsAre("result (drawn from public.orders_id_seq #1)"));
}

Row made_order(const char* id, const char* note = "n", const char* amount = "3") {
  return {Op::insert, {}, {id, note, std::nullopt, std::nullopt, amount}};
}
Row made_item(const char* order, const char* line) {
  return {Op::insert, {}, {"1", order, line}};
}

TEST_F(Comparison, FollowsForeignKeysToDrawnNumbers) {
  const auto differ = [&](const Row& planned, const Row& actual) {
    return differences({{"orders", {made_order("103")}}, {"items", {planned}}},
                       {{"orders", {made_order("203")}}, {"items", {actual}}});
  };
  EXPECT_THAT(differ(made_item("103", "1"), made_item("203", "1")), IsEmpty());
  EXPECT_FALSE(differ(made_item("103", "1"), made_item("203", "2")).empty());
  EXPECT_FALSE(differ(made_item("13", "1"), made_item("203", "1")).empty());
  EXPECT_FALSE(differ(made_item("103", "1"), made_item("204", "1")).empty()) << "drawn by somebody else";
  EXPECT_FALSE(differ(made_item("103", "1"), made_item("103", "1")).empty()) << "by now another's";
}

TEST_F(Comparison, TakesNoReferenceForDrawnWhoseKeyIsNot) {
  const Tables planned{{"orders", {made_order("103")}}, {"boxes", {{Op::insert, {}, {"x", "103"}}}}};
  const Tables actual{{"orders", {made_order("203")}}, {"boxes", {{Op::insert, {}, {"x", "103"}}}}};
  elsewhere_ = {"public.orders_id_seq 103"};
  EXPECT_THAT(differences(planned, actual), IsEmpty());
}

TEST_F(Comparison, FollowsReferencesToKeysThatShareTheirNumbers) {
  const auto side = [](const char* order, const char* invoice, const char* payment) {
    return Tables{{"orders", {made_order(order)}},
                  {"invoices", {{Op::insert, {}, {invoice}}}},
                  {"payments", {{Op::insert, {}, {"x", payment}}}}};
  };
  EXPECT_THAT(differences(side("103", "103", "103"), side("203", "203", "203")), IsEmpty());
  EXPECT_FALSE(differences(side("103", "103", "103"), side("203", "203", "204")).empty());
  EXPECT_FALSE(differences(side("103", "103", "103"), side("203", "203", "103")).empty()) << "by now another's";
  EXPECT_FALSE(differences(side("103", "103", "102"), side("203", "203", "203")).empty()) << "was another's";
}

TEST_F(Comparison, FollowsReferencesToPlainKeysThroughTheirRoots) {
  const auto side = [](const char* order, const char* part, const char* note) {
    return Tables{{"orders", {made_order(order)}},
                  {"parts_low", {{Op::insert, {}, {part}}}},
                  {"notes", {{Op::insert, {}, {"x", note}}}}};
  };
  EXPECT_THAT(differences(side("103", "103", "103"), side("203", "203", "203")), IsEmpty());
  EXPECT_THAT(differences(side("103", "7", "103"), side("203", "7", "103")), IsEmpty()) << "never ours";
  EXPECT_FALSE(differences(side("103", "103", "103"), side("203", "203", "103")).empty()) << "by now another's";
}

TEST_F(Comparison, TakesNoNumberForDrawnThatNoRowOfOursBears) {
  EXPECT_THAT(differences("items", {made_item("103", "1")}, {made_item("203", "1")}),
              testing::UnorderedElementsAre("unplanned 203,1", "untouched 103,1"));
}

TEST_F(Comparison, BindsNumbersToRows) {
  const Tables planned{{"orders", {made_order("101", "gold"), made_order("102", "iron")}},
                       {"items", {made_item("101", "1"), made_item("102", "2")}}};
  const auto actual = [](const char* first, const char* second) {
    return Tables{{"orders", {made_order("205", "iron"), made_order("203", "gold")}},
                  {"items", {made_item(first, "1"), made_item(second, "2")}}};
  };
  EXPECT_THAT(differences(planned, actual("203", "205")), IsEmpty());
  EXPECT_THAT(differences(planned, actual("205", "203")).size(), testing::Ge(1U));
  EXPECT_THAT(differences(planned, actual("203", "203")).size(), testing::Ge(1U));
}

// What looks alike may stand for one another, if all that hangs on it agrees.
TEST_F(Comparison, ChoosesAmongEqualRowsByWhatRefersToThem) {
  const auto side = [](const char* one, const char* other) {
    return Tables{{"orders", {made_order(one), made_order(other)}},
                  {"items", {made_item(one, "1"), made_item(one, "2"), made_item(other, "3")}}};
  };
  EXPECT_THAT(differences(side("101", "102"), side("201", "202")), IsEmpty());
  EXPECT_THAT(differences(side("101", "102"), side("202", "201")), IsEmpty());
  EXPECT_FALSE(differences(side("101", "102"),
                           {{"orders", {made_order("201"), made_order("202")}},
                            {"items", {made_item("201", "1"), made_item("202", "2"), made_item("202", "3")}}})
                   .empty());
}

TEST_F(Comparison, BindsWhatOtherColumnsAndTextsHold) {
  const auto side = [](const char* id, const std::string& words) {
    return Tables{{"orders", {made_order(id)}}, {"log", {{Op::insert, {}, {id, words}}}}};
  };
  EXPECT_THAT(differences(side("101", R"({"id": 101, "n": "x"})"), side("204", R"({"id": 204, "n": "x"})")), IsEmpty());
  EXPECT_FALSE(differences(side("101", R"({"id": 101})"), side("204", R"({"id": 205})")).empty());
  EXPECT_THAT(differences(side("101", R"("id"=>"101", "n"=>"3")"), side("204", R"("id"=>"204", "n"=>"3")")), IsEmpty());
  EXPECT_FALSE(differences(side("101", R"({"many": 101})"), side("204", R"({"many": 204})")).empty()) << "no reference";
  EXPECT_FALSE(differences(side("101", "of 101"), side("204", "of 204")).empty()) << "nothing says what it is";
  EXPECT_THAT(differences(side("101", "at 2026-05-19T12:00:05.5+00:00"), side("204", "at 2026-05-19T15:00:05+02:00")),
              IsEmpty());
  EXPECT_FALSE(differences(side("101", "at 2026-05-19T12:00:05"), side("204", "at 2026-05-19T15:00:05+04:00")).empty());
}

TEST_F(Comparison, LetsANumberBeAConstantUnlessAnotherRowHasItByNow) {
  const Tables planned{{"orders", {made_order("101")}}, {"log", {{Op::insert, {}, {"101", "x"}}}}};
  const Tables actual{{"orders", {made_order("201")}}, {"log", {{Op::insert, {}, {"101", "x"}}}}};
  EXPECT_THAT(differences(planned, actual), IsEmpty());
  elsewhere_ = {"public.orders_id_seq 101"};
  EXPECT_THAT(differences(planned, actual).size(), testing::Ge(1U));
  settled_ = {"log"};
  EXPECT_THAT(differences(planned, {{"orders", {made_order("201")}}}).size(), testing::Ge(1U));
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

TEST_F(Comparison, BelievesNoUuidThatStandsElsewhere) {
  const std::string one = "11111111-1111-4111-8111-111111111111";
  const std::string other = "22222222-2222-4222-8222-222222222222";
  const auto inserted = [](const std::string& token) { return Row{Op::insert, {}, {"1", "x", token, std::nullopt}}; };
  const auto erased = [](const std::string& token) { return Row{Op::erase, {"7", "x", token, std::nullopt}, {}}; };
  elsewhere_ = {" " + one};
  EXPECT_FALSE(differences("users", {inserted(one)}, {inserted(other)}).empty());
  elsewhere_ = {" " + other};
  EXPECT_FALSE(differences("users", {inserted(one)}, {inserted(other)}).empty());
  elsewhere_.clear();
  EXPECT_FALSE(differences("users", {inserted(one), erased(one)}, {inserted(other), erased(one)}).empty());
  const std::string digest = "22222222-2222-3222-8222-222222222222";
  EXPECT_FALSE(differences("users", {inserted(one)}, {inserted(digest)}).empty()) << "no random one looks like that";
}

TEST_F(Comparison, BindsRandomUuids) {
  const std::string one = "11111111-1111-4111-8111-111111111111";
  const std::string other = "22222222-2222-4222-8222-222222222222";
  const auto side = [](const std::string& token, const std::string& words) {
    return Tables{{"users", {{Op::insert, {}, {"1", "x", token, std::nullopt}}}},
                  {"log", {{Op::insert, {}, {"1", words}}}}};
  };
  EXPECT_THAT(differences(side(one, "of " + one), side(other, "of " + other)), IsEmpty());
  EXPECT_FALSE(differences(side(one, "of " + one), side(other, "of " + one)).empty());
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

}  // namespace
}  // namespace apply
