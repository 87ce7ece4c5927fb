#include "pg/catalog.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <memory>
#include <string>

#include "base/error.h"
#include "pg/test_server.h"

namespace pg {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// One server for all; every test gets an empty database of its own.
class CatalogTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = std::make_unique<TestServer>(); }
  static void TearDownTestSuite() { server_.reset(); }

  CatalogTest() {
    Connection admin = server_->connect();
    admin.none("create database " + database());
    connection_ = std::make_unique<Connection>(server_->connect(database()));
  }

  static std::string database() {
    std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    for (char& character : name) character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
    return name.substr(0, 63);
  }
  Connection& connection() { return *connection_; }
  Catalog catalog() { return read_catalog(connection()); }

  static std::unique_ptr<TestServer> server_;

 private:
  std::unique_ptr<Connection> connection_;
};

std::unique_ptr<TestServer> CatalogTest::server_;

TEST_F(CatalogTest, TheStateChangesWithEveryTableColumnKeyAndTypeAndNotWithRows) {
  connection().none("create table t (id int, name text)");
  std::string state = catalog_state(connection());
  connection().none("insert into t values (1, 'x')");
  EXPECT_EQ(catalog_state(connection()), state);
  for (const char* change :
       {"alter table t rename name to called", "alter table t add primary key (id)", "truncate t",
        "create type mood as enum ('sad')", "alter type mood add value 'ok'",
        "alter type mood rename value 'ok' to 'fine'", "alter table t alter called type varchar",
        "create table u (id int references t)", "alter table u rename to v", "drop table v", "create sequence s",
        "alter sequence s increment 2", "create schema x", "alter table t set schema x"}) {
    connection().none(change);
    const std::string now = catalog_state(connection());
    EXPECT_NE(now, state) << change;
    state = now;
  }
}

TEST_F(CatalogTest, TellsTablesWithTheirLiveColumnsAndKeys) {
  connection().script(
      "create schema app;"
      "create table app.\"Odd Name\" (gone int, a int generated always as identity, \"B b\" varchar(10) not null,"
      " c numeric(8, 2) generated always as (1) stored, primary key (\"B b\", a));"
      "alter table app.\"Odd Name\" drop column gone;"
      "create unlogged table scratchpad (x int); create temporary table hidden (x int); create view seen as select 1 "
      "as x");
  const Catalog read = catalog();
  ASSERT_EQ(read.tables.size(), 2U);
  const Table* table = read.find("app", "Odd Name");
  ASSERT_NE(table, nullptr);
  EXPECT_EQ(table->qualified(), "app.Odd Name");
  EXPECT_EQ(table->kind, 'r');
  EXPECT_EQ(table->persistence, 'p');
  EXPECT_EQ(table->root, table->oid);
  EXPECT_THAT(table->primary_key, ElementsAre(3, 2));
  ASSERT_EQ(table->columns.size(), 3U);
  EXPECT_EQ(table->columns[0].number, 2);
  EXPECT_TRUE(table->columns[0].identity);
  EXPECT_EQ(table->columns[1].name, "B b");
  EXPECT_EQ(table->columns[1].type, "character varying(10)");
  EXPECT_TRUE(table->columns[1].not_null);
  EXPECT_FALSE(table->columns[1].identity);
  EXPECT_TRUE(table->column("c")->generated);
  EXPECT_FALSE(table->column("c")->not_null);
  EXPECT_EQ(table->column("gone"), nullptr);
  EXPECT_EQ(read.find("public", "scratchpad")->persistence, 'u');
  EXPECT_TRUE(read.find("public", "scratchpad")->primary_key.empty());
  EXPECT_EQ(read.find("public", "nothing"), nullptr);
}

TEST_F(CatalogTest, LeavesOutWhatIsOursAndTheServersOwn) {
  connection().script("create schema pgrehearse; create table pgrehearse.notes (x int); create sequence pgrehearse.s");
  const Catalog read = catalog();
  EXPECT_TRUE(read.tables.empty());
  EXPECT_TRUE(read.sequences.empty());
  for (const auto& [key, definition] : read.definitions) EXPECT_THAT(key, testing::Not(HasSubstr("pgrehearse")));
}

TEST_F(CatalogTest, TellsTheTopmostTableOfEveryPartition) {
  connection().script(
      "create table events (id int, day int) partition by range (day);"
      "create table events_1 partition of events for values from (0) to (10) partition by range (id);"
      "create table events_1_1 partition of events_1 for values from (0) to (10);"
      "create table parent (x int); create table child () inherits (parent)");
  const Catalog read = catalog();
  const std::uint32_t root = read.find("public", "events")->oid;
  EXPECT_EQ(read.find("public", "events")->root, root);
  EXPECT_EQ(read.find("public", "events")->kind, 'p');
  EXPECT_EQ(read.find("public", "events_1")->root, root);
  EXPECT_EQ(read.find("public", "events_1_1")->root, root);
  EXPECT_EQ(read.find("public", "child")->root, read.find("public", "child")->oid);
}

TEST_F(CatalogTest, TellsForeignKeysColumnByColumn) {
  connection().script(
      "create table a (x int, y int, primary key (y, x));"
      "create table b (p int, q int, constraint b_a foreign key (p, q) references a (x, y)"
      " on delete cascade on update set null)");
  const Catalog read = catalog();
  ASSERT_EQ(read.foreign_keys.size(), 1U);
  const ForeignKey& key = read.foreign_keys.front();
  EXPECT_EQ(key.name, "b_a");
  EXPECT_EQ(key.table, read.find("public", "b")->oid);
  EXPECT_EQ(key.target, read.find("public", "a")->oid);
  EXPECT_THAT(key.columns, ElementsAre(1, 2));
  EXPECT_THAT(key.target_columns, ElementsAre(1, 2));
  EXPECT_EQ(key.on_delete, 'c');
  EXPECT_EQ(key.on_update, 'n');
}

TEST_F(CatalogTest, TellsWhereSequencesStand) {
  connection().script(
      "create sequence fresh start 7; create sequence drawn increment 3; create sequence set; create sequence "
      "restarted;"
      "create sequence down increment -1; create sequence \"Odd one\" start 9;"
      "select nextval('drawn'), nextval('drawn'), nextval('down');"
      "select setval('set', 500, false); alter sequence restarted restart with 40");
  std::map<std::string, Sequence> by_name;
  for (const auto& [oid, sequence] : read_sequences(connection())) by_name[sequence.name] = sequence;
  ASSERT_EQ(by_name.size(), 6U);
  EXPECT_FALSE(by_name["fresh"].is_called);
  EXPECT_EQ(by_name["fresh"].next(), 7);
  EXPECT_TRUE(by_name["drawn"].is_called);
  EXPECT_EQ(by_name["drawn"].last_value, 4);
  EXPECT_EQ(by_name["drawn"].next(), 7);
  EXPECT_EQ(by_name["down"].next(), -2);
  EXPECT_EQ(by_name["set"].last_value, 500);
  EXPECT_FALSE(by_name["set"].is_called);
  EXPECT_EQ(by_name["restarted"].next(), 40);
  EXPECT_EQ(by_name["Odd one"].next(), 9);
  EXPECT_EQ(by_name["set"].qualified(), "public.set");
}

TEST_F(CatalogTest, ReadsManySequencesThatWereNeverDrawnFrom) {
  connection().script(
      "do $$ begin for i in 1..500 loop execute format('create sequence s%s start %s', i, i); end loop; end $$");
  const auto sequences = read_sequences(connection());
  ASSERT_EQ(sequences.size(), 500U);
  for (const auto& [oid, sequence] : sequences) EXPECT_EQ("s" + std::to_string(sequence.next()), sequence.name);
}

TEST_F(CatalogTest, TellsWhichTableDrawsFromASequence) {
  connection().script(
      "create table owner (id serial); create table with_identity (id int generated by default as identity);"
      "create sequence shared; create table drawer (id bigint default -nextval('shared')); create sequence lonely");
  const Catalog read = catalog();
  std::map<std::string, std::uint32_t> owners;
  for (const auto& [oid, sequence] : read.sequences) owners[sequence.name] = sequence.owner_table;
  EXPECT_EQ(owners["owner_id_seq"], read.find("public", "owner")->oid);
  EXPECT_EQ(owners["with_identity_id_seq"], read.find("public", "with_identity")->oid);
  EXPECT_EQ(owners["shared"], read.find("public", "drawer")->oid);
  EXPECT_EQ(owners["lonely"], 0U);
}

TEST_F(CatalogTest, CountsASequenceThatMayNotBeReadAsNeverDrawnFrom) {
  connection().script(
      "create role reader_of_nothing login; create sequence secret start 5; select nextval('secret'), "
      "nextval('secret')");
  Connection reader = server_->connect(database(), "reader_of_nothing");
  const Catalog read = read_catalog(reader);
  ASSERT_EQ(read.sequences.size(), 1U);
  EXPECT_EQ(read.sequences.begin()->second.next(), 5);
  connection().none("drop role reader_of_nothing");
}

TEST_F(CatalogTest, ResolvesNamesAsTheSearchPathDoes) {
  connection().script(
      "create schema app; create table app.users (id serial); create table users (id int); create table \"Us.ers\" (id "
      "int);"
      "create view looks as select 1 as x");
  const Catalog read = catalog();
  EXPECT_EQ(resolve_table(connection(), "users"), read.find("public", "users")->oid);
  EXPECT_EQ(resolve_table(connection(), "USERS"), read.find("public", "users")->oid);
  EXPECT_EQ(resolve_table(connection(), "app.users"), read.find("app", "users")->oid);
  EXPECT_EQ(resolve_table(connection(), "\"Us.ers\""), read.find("public", "Us.ers")->oid);
  connection().none("set search_path = app, public");
  EXPECT_EQ(resolve_table(connection(), "users"), read.find("app", "users")->oid);
  EXPECT_NE(resolve_sequence(connection(), "users_id_seq"), 0U);
  EXPECT_EQ(resolve_sequence(connection(), "users"), 0U);
  EXPECT_EQ(resolve_table(connection(), "users_id_seq"), 0U);
  EXPECT_EQ(resolve_table(connection(), "looks"), 0U);
  EXPECT_EQ(resolve_table(connection(), "nobody"), 0U);
  EXPECT_EQ(resolve_table(connection(), "nobody.users"), 0U);
}

TEST_F(CatalogTest, TakesNamesThatAreNoNamesForNoTableOrSaysSo) {
  for (const std::string name : {"", "a b", "\"open", "a.b.c.d", "a.b.c", ".", "users; drop table users", "'"}) {
    try {
      EXPECT_EQ(resolve_table(connection(), name), 0U) << name;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::Code::contract) << name << ": " << error.message();
    }
  }
}

TEST_F(CatalogTest, DoesNotDependOnTheSearchPath) {
  connection().script(
      "create schema app; create type app.mood as enum ('good'); create table t (m app.mood default 'good')");
  const Catalog before = catalog();
  connection().none("set search_path = app, public");
  const Catalog after = catalog();
  EXPECT_EQ(before.definitions, after.definitions);
  EXPECT_EQ(after.find("public", "t")->columns.front().type, "app.mood");
  EXPECT_EQ(connection().one_value("show search_path"), "app, public");
}

TEST_F(CatalogTest, LeavesNoTransactionOpenAfterAnError) {
  connection().script("begin");
  EXPECT_THROW(catalog(), base::Error);
  connection().script("rollback");
  EXPECT_NO_THROW(catalog());
  EXPECT_FALSE(connection().in_transaction());
}

}  // namespace
}  // namespace pg
