#include "apply/writer.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <set>

#include "apply/counters.h"
#include "apply/database_test.h"
#include "base/error.h"

namespace apply {
namespace {

// All of `net` turned round.
void invert(const changeset::Reader& net, const std::filesystem::path& to) {
  changeset::Writer writer(to);
  for (const changeset::Relation& relation : net.relations()) writer.add(relation);
  net.for_each([&](const changeset::Change& change, changeset::Position) { writer.add(inverted(change)); });
  writer.close();
}

// Writes what turns `changes` round, as undo does, and commits.
std::map<std::string, rehearse::Counts> put_back(const TestDatabase& database, const std::filesystem::path& changes,
                                                 const std::string& user = "postgres") {
  const std::filesystem::path inverse = changes.string() + ".inverse";
  invert(changeset::Reader(changes), inverse);
  const changeset::Reader net(inverse);
  Target target = database.target(user);
  const pg::Catalog catalog = database.catalog();
  check_writable(target, catalog, net);
  target.session().none("BEGIN");
  const PinnedSession pinned(target.session());
  const Counters counters(target.session());
  auto written = write_rows(target, catalog, net);
  const auto counted = counters.since();
  target.session().none("COMMIT");
  EXPECT_EQ(counted.size(), written.size());
  for (const auto& [table, counts] : counted) {
    EXPECT_EQ(counts.inserted, written[table].inserted) << table;
    EXPECT_EQ(counts.updated, written[table].updated) << table;
    EXPECT_EQ(counts.deleted, written[table].deleted) << table;
  }
  return written;
}

// The law: what a script did and what turns it round leave every table as it was.
void expect_undone(const std::string& schema, const std::string& script, const std::string& user = "postgres") {
  TestDatabase database(schema);
  const TestDatabase::Contents before = database.contents();
  const std::filesystem::path changes = database.run(script);
  ASSERT_NE(database.contents(), before) << "the script did nothing";
  put_back(database, changes, user);
  EXPECT_EQ(database.contents(), before);
}

template <typename Body>
std::optional<base::Error> failure_of(Body&& body) {
  try {
    body();
  } catch (const base::Error& error) {
    return error;
  }
  return std::nullopt;
}

void expect_refused(const std::optional<base::Error>& error, const std::vector<std::string>& words) {
  ASSERT_TRUE(error) << "it was done";
  EXPECT_EQ(error->code(), base::Code::refused) << error->message();
  for (const std::string& word : words) {
    EXPECT_NE((error->message() + "\n" + error->hint()).find(word), std::string::npos)
        << word << " is not in: " << error->message() << "\n"
        << error->hint();
  }
}

constexpr const char* shop = R"(
  CREATE TABLE users (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text, email text UNIQUE);
  CREATE TABLE orders (id serial PRIMARY KEY, user_id bigint REFERENCES users ON DELETE CASCADE, total numeric(8,2));
  INSERT INTO users (name, email) SELECT 'u' || g, g || '@x' FROM generate_series(1, 20) g;
  INSERT INTO orders (user_id, total) SELECT 1 + g % 20, g FROM generate_series(1, 60) g;
)";

TEST(Writer, PutsBackDeletedRowsWithTheirCascadesAndTheirIdentities) {
  expect_undone(shop, "DELETE FROM users WHERE id <= 10");
}

TEST(Writer, PutsBackUpdatesAndTakesBackInsertions) {
  expect_undone(shop, R"(UPDATE users SET name = name || '!' WHERE id % 2 = 0;
    INSERT INTO users (name, email) VALUES ('new', 'new@x'); INSERT INTO orders (user_id) VALUES (21);
    UPDATE orders SET user_id = 21 WHERE id < 5; DELETE FROM users WHERE id = 3)");
}

TEST(Writer, HandsUniqueValuesRoundAmongRows) {
  expect_undone(shop, R"(UPDATE users SET email = 'free' WHERE id = 1; UPDATE users SET email = '1@x' WHERE id = 2;
    UPDATE users SET email = '2@x' WHERE id = 1; DELETE FROM users WHERE id = 3;
    INSERT INTO users (name, email) VALUES ('heir', '3@x'))");
}

TEST(Writer, KeepsSpellingsNullsAndEmptyValues) {
  expect_undone(R"(
    CREATE SCHEMA "we ird";
    CREATE TYPE mood AS ENUM ('so so', 'quo"te', 'back\slash'); CREATE TYPE pair AS (a int, "b c" text);
    CREATE DOMAIN short AS varchar(5) CHECK (value <> 'bad');
    CREATE TABLE "we ird"."ta""ble" (id char(5), k bit(3), "sel ect" json, b jsonb, t text, y bytea, a text[], n numeric,
      m mood, p pair, ps pair[], d short, x xml, i interval, r int4range, f float8, big text, c "char", o oid,
      g text GENERATED ALWAYS AS (upper(t)) STORED, PRIMARY KEY (k, id));
    ALTER TABLE "we ird"."ta""ble" ALTER big SET STORAGE EXTERNAL;
    INSERT INTO "we ird"."ta""ble" VALUES
      ('a', '101', '{"b": 1,   "a" : [1,2]}', '{"z":1}', '', '\x00ff5c', '{}', 'NaN', 'so so', ROW(1, 'x,"y'),
       ARRAY[ROW(1,NULL)::pair], 'abc', '<a>1</a>', '1 mon -3 days', '[1,5)', 'Infinity', repeat('x', 300000), 'c', 7),
      ('ab', '000', 'null', 'null', E'a\tb\nc\\d\r\\N', '', '{NULL,"NULL",""}', 1.50, 'back\slash', ROW(NULL, ''),
       NULL, '', NULL, '00:00:01.5', 'empty', 0.1, E'\\.', NULL, NULL),
      ('', '111', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);)",
                R"(UPDATE "we ird"."ta""ble" SET t = NULL, "sel ect" = '{"b":1}', a = '{{1,2},{3,4}}', p = NULL, n = 2,
                     ps = NULL, d = 'x', x = NULL, y = NULL, big = 'short', m = 'quo"te', r = NULL, c = 'd', i = NULL,
                     f = '-0', b = '1' WHERE id = 'a';
                   UPDATE "we ird"."ta""ble" SET t = '', a = '{}', y = '\x41', ps = '{}', o = 9 WHERE id = '';
                   DELETE FROM "we ird"."ta""ble" WHERE id = 'ab')");
}

TEST(Writer, KnowsRowsWithoutAKeyByTheirContents) {
  expect_undone(R"(CREATE TABLE log (a int, b text); INSERT INTO log SELECT 1, 'same' FROM generate_series(1, 5);
                   INSERT INTO log VALUES (2, NULL), (2, ''); CREATE TABLE nothing (); INSERT INTO nothing DEFAULT VALUES;
                   INSERT INTO nothing DEFAULT VALUES; CREATE TABLE derived (g int GENERATED ALWAYS AS (7) STORED);
                   INSERT INTO derived DEFAULT VALUES)",
                R"(DELETE FROM log WHERE ctid IN (SELECT ctid FROM log WHERE a = 1 LIMIT 3);
                   UPDATE log SET b = 'new' WHERE a = 2; DELETE FROM nothing; INSERT INTO derived DEFAULT VALUES)");
}

TEST(Writer, WritesPartitionsDirectly) {
  expect_undone(R"(CREATE TABLE p (id int, part int, v text, PRIMARY KEY (id, part)) PARTITION BY RANGE (part);
                   CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
                   CREATE TABLE p2 (v text, part int NOT NULL, id int NOT NULL);
                   ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);
                   CREATE TABLE c (id int PRIMARY KEY, pid int, ppart int, FOREIGN KEY (pid, ppart) REFERENCES p ON DELETE CASCADE
                     ON UPDATE CASCADE);
                   INSERT INTO p SELECT g, g, 'x' FROM generate_series(1, 19) g; INSERT INTO c SELECT g, g, g FROM generate_series(1, 19) g)",
                "DELETE FROM p WHERE id < 5; UPDATE p SET part = 15 WHERE id = 6; UPDATE p SET v = 'y' WHERE id > 15");
}

TEST(Writer, GoesRoundInCycles) {
  const char* cycle = R"(
    CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE);
    ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b ON DELETE CASCADE DEFERRABLE;
    CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE);
    BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO a SELECT g, g FROM generate_series(1, 5) g;
    INSERT INTO b SELECT g, g FROM generate_series(1, 5) g; COMMIT;
    INSERT INTO tree SELECT g, NULLIF(g / 2, 0) FROM generate_series(1, 30) g)";
  expect_undone(cycle, "DELETE FROM a WHERE id = 2; DELETE FROM tree WHERE id IN (2, 3)");
}

TEST(Writer, LetsNoTriggerFire) {
  expect_undone(
      std::string(shop) + R"(
    CREATE TABLE audit (what text);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (TG_OP); RETURN NULL; END $$;
    CREATE TRIGGER noting AFTER INSERT OR UPDATE OR DELETE ON users FOR EACH ROW EXECUTE FUNCTION note();
    CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.name := upper(NEW.name); RETURN NEW; END $$;
    CREATE TRIGGER shouting BEFORE INSERT OR UPDATE ON users FOR EACH ROW EXECUTE FUNCTION shout();
    CREATE RULE also AS ON DELETE TO orders DO ALSO INSERT INTO audit VALUES ('rule');)",
      "DELETE FROM users WHERE id < 3; UPDATE users SET name = 'b' WHERE id = 4; DELETE FROM orders WHERE id = 9");
}

TEST(Writer, KeepsDeferrableKeysUnique) {
  expect_undone(
      "CREATE TABLE t (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED, u int UNIQUE DEFERRABLE);"
      "INSERT INTO t SELECT g, g FROM generate_series(1, 9) g",
      "UPDATE t SET u = u + 1; DELETE FROM t WHERE id = 9");
  TestDatabase database(
      "CREATE TABLE t (id int PRIMARY KEY DEFERRABLE, u int UNIQUE DEFERRABLE); INSERT INTO t VALUES (1, 1)");
  const std::filesystem::path changes = database.run("DELETE FROM t");
  database.session().script("INSERT INTO t VALUES (2, 1)");
  expect_refused(failure_of([&] { put_back(database, changes); }), {"public.t", "t_u_key"});
}

TEST(Writer, KeepsDeferrableExclusions) {
  constexpr const char* schema =
      R"(CREATE TABLE t (id int PRIMARY KEY, at int4range, EXCLUDE USING gist (at WITH &&) DEFERRABLE);
    INSERT INTO t SELECT g, int4range(g, g + 1) FROM generate_series(1, 9) g)";
  expect_undone(schema, "DELETE FROM t WHERE id = 2; UPDATE t SET at = int4range(id + 20, id + 21) WHERE id > 5");
  TestDatabase database(schema);
  const std::filesystem::path changes = database.run("DELETE FROM t WHERE id = 2");
  database.session().script("DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (98, '[1,3)')");
  expect_refused(failure_of([&] { put_back(database, changes); }), {"public.t", "t_at_excl"});
}

TEST(Writer, SaysWhatTheServerCounts) {
  TestDatabase database(shop);
  const std::filesystem::path changes = database.run(
      "UPDATE users SET name = 'n' WHERE id < 4; UPDATE users SET email = 'e' WHERE id = 4; DELETE FROM orders WHERE "
      "id = 1");
  const auto written = put_back(database, changes);
  EXPECT_EQ(written.at("public.users").updated, 3);
  EXPECT_EQ(written.at("public.users").deleted, 1);
  EXPECT_EQ(written.at("public.users").inserted, 1);
  EXPECT_EQ(written.at("public.orders").inserted, 1);
}

TEST(Writer, RefusesRowsWhoseParentsAreGone) {
  TestDatabase database(shop);
  const std::filesystem::path changes = database.run("DELETE FROM orders WHERE user_id = 7");
  database.session().script("DELETE FROM users WHERE id = 7");
  const TestDatabase::Contents before = database.contents();
  expect_refused(failure_of([&] { put_back(database, changes); }), {"rows of public.orders", "public.users"});
  EXPECT_EQ(database.contents(), before);
}

TEST(Writer, RefusesToTakeRowsFromUnderLaterOnes) {
  TestDatabase database(shop);
  const std::filesystem::path changes = database.run("INSERT INTO users (name) VALUES ('new')");
  database.session().script("INSERT INTO orders (user_id) VALUES (21)");
  const TestDatabase::Contents before = database.contents();
  expect_refused(failure_of([&] { put_back(database, changes); }), {"public.users", "21", "public.orders"});
  EXPECT_EQ(database.contents(), before);
}

TEST(Writer, KeepsParentsFromBeingDeletedUntilItEnds) {
  TestDatabase database(shop);
  const std::filesystem::path changes = database.run("DELETE FROM orders WHERE user_id = 7");
  const std::filesystem::path inverse = database.directory() / "inverse";
  invert(changeset::Reader(changes), inverse);
  Target target = database.target();
  target.session().none("BEGIN");
  const PinnedSession pinned(target.session());
  write_rows(target, database.catalog(), changeset::Reader(inverse));
  pg::Connection other = database.session();
  other.none("SET lock_timeout = '100ms'");
  const auto blocked = other.run_statement("DELETE FROM users WHERE id = 7", {});
  EXPECT_EQ(blocked.sqlstate, "55P03");
  target.session().none("COMMIT");
}

TEST(Writer, NamesTriggersAndRulesThatFireAlways) {
  TestDatabase database(std::string(shop) + R"(
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER watchful AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION f();
    ALTER TABLE users ENABLE ALWAYS TRIGGER watchful;
    CREATE RULE stubborn AS ON UPDATE TO orders DO ALSO NOTHING; ALTER TABLE orders ENABLE REPLICA RULE stubborn)");
  expect_refused(failure_of([&] { put_back(database, database.run("DELETE FROM users WHERE id = 1")); }),
                 {"watchful", "public.users"});
  const std::filesystem::path updated = database.run("UPDATE orders SET total = 0 WHERE id = 5");
  expect_refused(failure_of([&] { put_back(database, updated); }), {"stubborn", "public.orders"});
}

std::string with_app(const std::string& schema, const std::string& grants) {
  return fmt::format("DO $$ BEGIN CREATE ROLE app LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$; {}; {}",
                     schema, grants);
}
constexpr const char* all_grants = "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO app";

TEST(WriterAsAnOrdinaryRole, WritesInTheOrderOfForeignKeys) {
  expect_undone(with_app(shop, all_grants), "DELETE FROM users WHERE id <= 10", "app");
  expect_undone(with_app(shop, all_grants), R"(INSERT INTO users (name) VALUES ('new'); UPDATE orders SET user_id = 21
                     WHERE id < 9; INSERT INTO orders (user_id) VALUES (21); DELETE FROM users WHERE id = 20)",
                "app");
}

TEST(WriterAsAnOrdinaryRole, DefersWhatGoesRoundInCycles) {
  expect_undone(with_app(R"(
    CREATE TABLE a (id int PRIMARY KEY, b int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE);
    ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b DEFERRABLE;
    CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE);
    BEGIN; SET CONSTRAINTS ALL DEFERRED; INSERT INTO a SELECT g, g FROM generate_series(1, 5) g;
    INSERT INTO b SELECT g, g FROM generate_series(1, 5) g; COMMIT;
    INSERT INTO tree SELECT g, NULLIF(g / 2, 0) FROM generate_series(1, 6000) g; CREATE INDEX ON tree (up))",
                         all_grants),
                "BEGIN; SET CONSTRAINTS ALL DEFERRED; DELETE FROM a WHERE id = 2; COMMIT; DELETE FROM tree", "app");
}

TEST(WriterAsAnOrdinaryRole, GoesRoundInCyclesThatCannotBeDeferred) {
  expect_undone(with_app(R"(
    CREATE TABLE teams (id int PRIMARY KEY, head int);
    CREATE TABLE people (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, team int NOT NULL REFERENCES teams ON DELETE CASCADE, tags text[],
      shout text GENERATED ALWAYS AS (upper(tags[1])) STORED);
    ALTER TABLE teams ADD FOREIGN KEY (head) REFERENCES people ON DELETE SET NULL;
    CREATE TABLE badges (n int, person int REFERENCES people ON DELETE CASCADE);
    INSERT INTO teams SELECT g FROM generate_series(1, 4) g;
    INSERT INTO people (team, tags) SELECT 1 + g % 4, ARRAY['a ' || g, NULL] FROM generate_series(1, 20) g;
    INSERT INTO badges SELECT g % 3, 1 + g % 20 FROM generate_series(1, 50) g; UPDATE teams SET head = id + 4)",
                         all_grants),
                R"(DELETE FROM teams WHERE id < 3; INSERT INTO teams VALUES (9); INSERT INTO people (team) VALUES (9);
                   UPDATE teams SET head = 21 WHERE id = 9; UPDATE teams SET head = 21 WHERE id = 3; INSERT INTO badges VALUES (1, 21))",
                "app");
}

TEST(WriterAsAnOrdinaryRole, LetsARowHaveWhatAnotherOneHad) {
  expect_undone(with_app(shop, all_grants),
                R"(DELETE FROM users WHERE id = 1; UPDATE users SET email = '1@x' WHERE id = 2;
                   INSERT INTO users (name, email) VALUES ('heir', '2@x'); UPDATE orders SET user_id = 21 WHERE user_id = 3;
                   DELETE FROM orders WHERE user_id = 4)",
                "app");
  // Under another key it is another row, that has the same address.
  expect_undone(with_app("CREATE TABLE a (id int PRIMARY KEY, mail text UNIQUE);"
                         "CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON UPDATE CASCADE ON DELETE CASCADE);"
                         "INSERT INTO a VALUES (1, 'x'), (2, 'y'); INSERT INTO b VALUES (1, 1), (2, 2)",
                         all_grants),
                "UPDATE a SET id = id + 10; DELETE FROM b WHERE id = 2", "app");
}

TEST(WriterAsAnOrdinaryRole, HandsUniqueValuesRoundAmongRowsThatNobodyFollows) {
  expect_undone(
      with_app("CREATE TABLE seats (id int PRIMARY KEY, place int UNIQUE, note text);"
               "CREATE TABLE tickets (seat int REFERENCES seats);"
               "INSERT INTO seats SELECT g, g, 'n' FROM generate_series(1, 9) g; INSERT INTO tickets SELECT 1 FROM "
               "generate_series(1, 3)",
               all_grants),
      R"(UPDATE seats SET place = 99 WHERE id = 1; UPDATE seats SET place = 1 WHERE id = 2; UPDATE seats SET place = 2 WHERE id = 1)",
      "app");
}

TEST(WriterAsAnOrdinaryRole, NamesKeysThatWouldFollowARowForAMoment) {
  TestDatabase places(
      with_app("CREATE TABLE seats (id int PRIMARY KEY, place int UNIQUE);"
               "CREATE TABLE tickets (seat int REFERENCES seats ON DELETE CASCADE);"
               "INSERT INTO seats VALUES (1, 1), (2, 2)",
               all_grants));
  std::filesystem::path changes = places.run(
      "UPDATE seats SET place = 9 WHERE id = 1; UPDATE seats SET place = 1 WHERE id "
      "= 2; UPDATE seats SET place = 2 WHERE id = 1");
  expect_refused(failure_of([&] { put_back(places, changes, "app"); }),
                 {"public.seats", "tickets_seat_fkey", "GRANT SET ON PARAMETER session_replication_role"});
  TestDatabase codes(
      with_app("CREATE TABLE codes (id int PRIMARY KEY, code int UNIQUE);"
               "CREATE TABLE uses (n int PRIMARY KEY, code int REFERENCES codes (code) ON DELETE SET NULL);"
               "INSERT INTO codes VALUES (1, 5); INSERT INTO uses VALUES (1, 5)",
               all_grants));
  changes = codes.run("DELETE FROM codes; INSERT INTO codes VALUES (2, 5); UPDATE uses SET code = 5");
  expect_refused(failure_of([&] { put_back(codes, changes, "app"); }),
                 {"public.codes", "uses_code_fkey", "GRANT SET ON PARAMETER session_replication_role"});
}

TEST(WriterAsAnOrdinaryRole, ChangesKeysThatOthersFollow) {
  expect_undone(
      with_app(
          "CREATE TABLE codes (id int PRIMARY KEY, code text UNIQUE);"
          "CREATE TABLE uses (id int PRIMARY KEY, code text REFERENCES codes (code) ON UPDATE CASCADE);"
          "INSERT INTO codes VALUES (1, 'a'), (2, 'b'); INSERT INTO uses SELECT g, 'a' FROM generate_series(1, 5) g",
          all_grants),
      "UPDATE codes SET code = 'z' WHERE id = 1; DELETE FROM uses WHERE id = 5", "app");
}

TEST(WriterAsAnOrdinaryRole, TakesRowsOutThatADeferrableKeyWouldTakeWithIt) {
  expect_undone(with_app("CREATE TABLE zones (id int PRIMARY KEY); CREATE TABLE areas (id int PRIMARY KEY, zone int "
                         "REFERENCES zones ON "
                         "DELETE CASCADE DEFERRABLE INITIALLY DEFERRED);"
                         "CREATE TABLE tree (id int PRIMARY KEY, up int REFERENCES tree ON DELETE CASCADE DEFERRABLE); "
                         "CREATE INDEX ON tree (up)",
                         all_grants),
                "INSERT INTO zones VALUES (1); INSERT INTO areas VALUES (1, 1), (2, 1);"
                "INSERT INTO tree SELECT g, NULLIF(g / 2, 0) FROM generate_series(1, 6000) g",
                "app");
}

TEST(WriterAsAnOrdinaryRole, KnowsKeysBetweenPartitionedTables) {
  expect_undone(
      with_app("CREATE TABLE y (id int PRIMARY KEY) PARTITION BY LIST (id);"
               "CREATE TABLE y1 PARTITION OF y FOR VALUES IN (1); CREATE TABLE y2 PARTITION OF y DEFAULT;"
               "CREATE TABLE x (id int PRIMARY KEY, y int REFERENCES y ON DELETE CASCADE) PARTITION BY LIST (id);"
               "CREATE TABLE x1 PARTITION OF x FOR VALUES IN (1); CREATE TABLE x2 PARTITION OF x DEFAULT;"
               "INSERT INTO y VALUES (1), (2), (3); INSERT INTO x SELECT g, 1 + g % 3 FROM generate_series(1, 9) g",
               all_grants),
      "DELETE FROM y", "app");
}

TEST(WriterAsAnOrdinaryRole, NamesTriggersThatWouldFireAndTheGrantThatIsMissing) {
  TestDatabase database(with_app(std::string(shop) + R"(;
    CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
    CREATE TRIGGER nosy AFTER INSERT ON users FOR EACH ROW EXECUTE FUNCTION f())",
                                 all_grants));
  const std::filesystem::path changes = database.run("DELETE FROM users WHERE id = 1");
  expect_refused(failure_of([&] { put_back(database, changes, "app"); }),
                 {"nosy", "public.users", "GRANT SET ON PARAMETER session_replication_role"});
  database.session().script("GRANT SET ON PARAMETER session_replication_role TO app");
  put_back(database, changes, "app");
  database.session().script("REVOKE SET ON PARAMETER session_replication_role FROM app");
}

TEST(WriterAsAnOrdinaryRole, NamesPrivilegesThatAreMissing) {
  TestDatabase database(with_app(shop, "GRANT SELECT ON users, orders TO app"));
  const std::filesystem::path changes = database.run("DELETE FROM users WHERE id = 1");
  expect_refused(failure_of([&] { put_back(database, changes, "app"); }), {"INSERT", "public.users", "public.orders"});
}

TEST(WriterAsAnOrdinaryRole, NamesRowSecurityThatApplies) {
  TestDatabase database(with_app(std::string(shop) + "; ALTER TABLE orders ENABLE ROW LEVEL SECURITY", all_grants));
  const std::filesystem::path changes = database.run("DELETE FROM users WHERE id = 1");
  expect_refused(failure_of([&] { put_back(database, changes, "app"); }), {"row-level security", "public.orders"});
}

}  // namespace
}  // namespace apply
