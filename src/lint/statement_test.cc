// What each rule says of a statement, and what it leaves in peace, as a table of statements.
#include "lint/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "contract/contract.h"
#include "lint/harmless.h"
#include "lint/sample_contract.h"
#include "source/extract.h"
#include "sql/parse_tree.h"

namespace lint {
namespace {

std::set<std::string> found(const std::string& statement, bool with_contract = true) {
  static const contract::Contract contract = contract::parse(sample_contract, "pgrehearse.toml");
  const Tables tables(with_contract ? &contract : nullptr);
  std::set<std::string> ids;
  Effort effort;
  const bool parsed = sql::with_parse_tree(statement, [&](const PgQuery__ParseResult& tree) {
    for (const Hit& hit : apply_rules(tree, {.tables = &tables}, effort)) ids.emplace(text_of(hit.rule).id);
  });
  EXPECT_TRUE(parsed) << statement;
  EXPECT_FALSE(effort.exhausted()) << statement;
  return ids;
}

struct Case {
  std::string statement;
  std::set<std::string> rules;
};

class Statements : public testing::TestWithParam<Case> {};

TEST_P(Statements, GetTheFindingsTheyDeserve) {
  EXPECT_EQ(found(GetParam().statement), GetParam().rules) << GetParam().statement;
  if (GetParam().rules.empty()) return;
  static const contract::Contract contract = contract::parse(sample_contract, "pgrehearse.toml");
  const source::Extraction extraction = source::extract(GetParam().statement, source::Language::sql);
  const source::Word words = extraction.fragments[0].statements[0].words;
  EXPECT_FALSE(is_plainly_harmless(GetParam().statement, words, Tables(&contract))) << GetParam().statement;
}

#define RANGE {"identity-range-delete"}
#define BY {"delete-not-by-population"}
INSTANTIATE_TEST_SUITE_P(
    Ranges, Statements,
    testing::Values(
        Case{"DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100", RANGE},
        Case{"DELETE FROM public.users u WHERE u.id >= -91111200 AND u.id <= -91111100", RANGE},
        Case{"DELETE FROM \"users\" WHERE \"id\" < 0", RANGE},
        Case{"DELETE FROM ONLY users AS u WHERE 0 > u.id", RANGE}, Case{"DELETE FROM users WHERE NOT (id < 5)", RANGE},
        Case{"DELETE FROM users WHERE id NOT BETWEEN 1 AND 5", RANGE},
        Case{"DELETE FROM users WHERE -id BETWEEN 91111100 AND 91111200", RANGE},
        Case{"DELETE FROM users WHERE id + 0 BETWEEN 1 AND 5", RANGE},
        Case{"DELETE FROM users WHERE abs(id) > 91111100", RANGE},
        Case{"DELETE FROM users WHERE id::numeric <= 5", RANGE},
        Case{"DELETE FROM users WHERE id::text LIKE '-9111%'", RANGE},
        Case{"DELETE FROM users WHERE id / 100 = -911111", RANGE},
        Case{"DELETE FROM users WHERE id IN (SELECT generate_series(-91111200, -91111100))", RANGE},
        Case{"DELETE FROM users WHERE id IN (SELECT g FROM generate_series(1, 5) g)", RANGE},
        Case{"DELETE FROM users WHERE id IN (SELECT -g.n FROM generate_series(1, 5) AS g(n))", RANGE},
        Case{"DELETE FROM users USING generate_series(1, 100) AS g WHERE users.id = g", RANGE},
        Case{"DELETE FROM users u USING generate_series(1, 100) AS g(n) WHERE u.id = g.n", RANGE},
        Case{"DELETE FROM users WHERE id = ANY (ARRAY(SELECT generate_series(1, 5)))", RANGE},
        Case{"DELETE FROM users WHERE id IN (SELECT id FROM users WHERE id < 0 LIMIT 100)", RANGE},
        Case{
            "WITH doomed AS (SELECT id FROM users WHERE id < 0) DELETE FROM users USING doomed d WHERE users.id = d.id",
            RANGE},
        Case{"WITH gone AS (DELETE FROM users WHERE id < 0 RETURNING id) SELECT count(*) FROM gone", RANGE},
        Case{"DELETE FROM users WHERE id <@ int8range(-91111200, -91111100)", RANGE},
        Case{"DELETE FROM users WHERE int8range(1, 5) @> id", RANGE},
        Case{"DELETE FROM users WHERE id BETWEEN $1 AND $2", RANGE},
        Case{"DELETE FROM users WHERE (id, plan) > ($1, $2)", RANGE},
        Case{"DELETE FROM users WHERE auth_source = 'test' OR id < 0", RANGE},
        Case{"DELETE FROM users WHERE auth_source = 'oauth' AND id < 0", RANGE},
        Case{"DELETE FROM users WHERE id < (SELECT max(id) - 100 FROM users)", RANGE},
        Case{"DELETE FROM users WHERE id IN (1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21)", RANGE},
        Case{"DELETE FROM users WHERE id = ANY('{1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21}'::bigint[])",
             RANGE},
        Case{"DELETE FROM users u WHERE EXISTS (SELECT 1 FROM generate_series(1, 9) g WHERE g = u.id)", RANGE},
        Case{"UPDATE users SET plan = 'free' WHERE id > 1000", RANGE},
        Case{"UPDATE users u SET plan = 'free' FROM (VALUES (1, 9)) r(lo, hi) WHERE u.id BETWEEN r.lo AND r.hi", RANGE},
        Case{"DELETE FROM users WHERE auth_source = 'test' AND id BETWEEN 1 AND 5", {}},
        Case{"DELETE FROM users WHERE id IN (SELECT id FROM users WHERE auth_source = 'test' AND id > $1 ORDER BY id "
             "LIMIT 1000)",
             {}},
        Case{"SELECT * FROM users WHERE id BETWEEN 1 AND 5", {}},
        Case{"DELETE FROM sessions WHERE id BETWEEN 1 AND 5", {}},
        Case{"DELETE FROM archive.users WHERE id BETWEEN 1 AND 5", {}}, Case{"DELETE FROM users WHERE id = $1", {}},
        Case{"DELETE FROM users WHERE $1 = id AND id > 0", {}}, Case{"UPDATE users SET plan = 'free' WHERE id = 5", {}},
        Case{"UPDATE users SET plan = 'free' WHERE id IN (1, 2, 3)", {}},
        Case{"UPDATE users SET plan = 'free' WHERE id <> 5", {}},
        Case{"UPDATE users SET plan = 'free' WHERE created_at < now() - interval '1 day'", {}},
        Case{"UPDATE users SET auth_source = 'telegram' WHERE auth_source IS NULL AND id BETWEEN 1 AND 1000", {}}));
INSTANTIATE_TEST_SUITE_P(
    Populations, Statements,
    testing::Values(
        Case{"DELETE FROM users WHERE email LIKE '%@example.com'", BY},
        Case{"DELETE FROM users WHERE id = -91111101", BY}, Case{"DELETE FROM users WHERE id IN (1, 2, 3)", BY},
        Case{"DELETE FROM users WHERE auth_source = 'oauth'", BY},
        Case{"DELETE FROM users WHERE auth_source <> 'oauth'", BY},
        Case{"DELETE FROM users WHERE auth_source IN ('test', 'oauth')", BY},
        Case{"DELETE FROM users WHERE auth_source = 'test' OR email IS NULL", BY},
        Case{"DELETE FROM users WHERE NOT (auth_source = 'test')", BY},
        Case{"DELETE FROM users WHERE id IN (SELECT user_id FROM sessions WHERE expired)", BY},
        Case{"DELETE FROM users WHERE auth_source LIKE 'te%'", BY},
        Case{"DELETE FROM users a USING users b WHERE a.id > b.id AND a.email = b.email", BY},
        Case{"DELETE FROM users WHERE id = ANY($1)", BY}, Case{"DELETE FROM users WHERE auth_source = 'test'", {}},
        Case{"DELETE FROM users WHERE 'test' = auth_source", {}},
        Case{"DELETE FROM users u WHERE u.auth_source = 'test' AND created_at < now()", {}},
        Case{"DELETE FROM users WHERE auth_source IN ('test')", {}},
        Case{"DELETE FROM users WHERE auth_source = ANY(ARRAY['test'])", {}},
        Case{"DELETE FROM users WHERE auth_source = ANY('{test}')", {}},
        Case{"DELETE FROM users WHERE auth_source = $1", {}},
        Case{"DELETE FROM users WHERE lower(auth_source) = 'test'", {}},
        Case{"DELETE FROM users WHERE (auth_source = 'test' AND plan = 'a') OR (auth_source = 'test' AND plan = 'b')",
             {}},
        Case{"DELETE FROM users WHERE NOT (auth_source <> 'test')", {}},
        Case{"DELETE FROM users WHERE id IN (SELECT id FROM users WHERE auth_source = 'test' LIMIT 1000)", {}},
        Case{"DELETE FROM users WHERE ctid = ANY(ARRAY(SELECT ctid FROM users WHERE auth_source = 'test' LIMIT 1000))",
             {}},
        Case{"WITH d AS (SELECT id FROM users WHERE auth_source = 'test' LIMIT 9) DELETE FROM users u USING d WHERE "
             "u.id = d.id",
             {}},
        Case{"WITH d AS (SELECT id FROM users WHERE auth_source = 'test') DELETE FROM users WHERE id IN (SELECT id "
             "FROM d)",
             {}},
        Case{"DELETE FROM users WHERE id IN (SELECT s.user_id FROM sessions s JOIN users u ON u.id = s.user_id WHERE "
             "u.auth_source = 'test')",
             {}},
        Case{"DELETE FROM users u WHERE EXISTS (SELECT 1 FROM users t WHERE t.id = u.id AND t.auth_source = 'test')",
             {}}));
INSTANTIATE_TEST_SUITE_P(
    Predicates, Statements,
    testing::Values(Case{"DELETE FROM users", {"missing-predicate"}},
                    Case{"UPDATE users SET plan = 'free'", {"missing-predicate"}},
                    Case{"DELETE FROM users USING sessions", {"missing-predicate"}},
                    Case{"DELETE FROM users WHERE true", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE 1=1", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE id = id", {"always-true-predicate"}},
                    Case{"DELETE FROM users u WHERE u.id = u.id", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE NULL IS NULL", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE id IS NOT NULL", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE 'a' = 'a' AND 2 > 1", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE auth_source = 'test' OR true", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE NOT false", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE id >= id + 0", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE EXISTS (SELECT 1)", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE id IN (SELECT id FROM users)", {"always-true-predicate"}},
                    Case{"DELETE FROM users WHERE email LIKE '%'", {"always-true-predicate"}},
                    Case{"UPDATE users SET plan = 'x' WHERE (1=1) IS TRUE", {"always-true-predicate"}},
                    Case{"UPDATE users SET plan = 'x' WHERE 1 IN (1, 2)", {"always-true-predicate"}},
                    Case{"UPDATE users SET plan = 'x' WHERE 1 = 1 AND id = $1", {}},
                    Case{"DELETE FROM users WHERE false", {}}, Case{"DELETE FROM users WHERE 1 = 0", {}},
                    Case{"DELETE FROM sessions", {}}, Case{"DELETE FROM users WHERE CURRENT OF c", {}},
                    Case{"SELECT 1 WHERE 1 = 1", {}}));
INSTANTIATE_TEST_SUITE_P(
    Inserts, Statements,
    testing::Values(
        Case{"INSERT INTO users (id, plan) VALUES (-91111101, 'pro')", {"hard-coded-identity"}},
        Case{"INSERT INTO users (plan, id) VALUES ('a', DEFAULT), ('pro', 5)", {"hard-coded-identity"}},
        Case{"INSERT INTO users VALUES (5, 'a')", {"hard-coded-identity"}},
        Case{"INSERT INTO users (id) OVERRIDING SYSTEM VALUE VALUES ('5'::bigint)", {"hard-coded-identity"}},
        Case{"INSERT INTO users (id) SELECT -91111100 - g FROM generate_series(1, 9) g", {"hard-coded-identity"}},
        Case{"INSERT INTO users (id) SELECT * FROM (VALUES (5), (6)) v", {"hard-coded-identity"}},
        Case{"WITH n(i, p) AS (VALUES (-5, 'a')) INSERT INTO users (id, plan) SELECT i, p FROM n",
             {"hard-coded-identity"}},
        Case{"INSERT INTO users (id) SELECT 5 UNION ALL SELECT 6", {"hard-coded-identity"}},
        Case{"INSERT INTO users (id) SELECT unnest(ARRAY[-5, -6])", {"hard-coded-identity"}},
        Case{"INSERT INTO users (id) VALUES (-(91111101))", {"hard-coded-identity"}},
        Case{"INSERT INTO users (id, plan) VALUES (1, 'a') ON CONFLICT (id) DO NOTHING", {"hard-coded-identity"}},
        Case{"INSERT INTO users (id, plan) VALUES (DEFAULT, 'a')", {}},
        Case{"INSERT INTO users (plan) VALUES ('5')", {}}, Case{"INSERT INTO users (id, plan) VALUES ($1, 'a')", {}},
        Case{"INSERT INTO users (id, plan) VALUES (-nextval('web_user_id_seq'), 'a')", {}},
        Case{"INSERT INTO users (id, plan) SELECT id, 'a' FROM staging", {}},
        Case{"INSERT INTO sessions (id, user_id) VALUES (5, 6)", {}},
        Case{"INSERT INTO users (id, plan) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan",
             {"identity-upsert"}},
        Case{"INSERT INTO users AS u (id) VALUES ($1) ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET plan = 'x'",
             {"identity-upsert"}},
        Case{"INSERT INTO users (id) VALUES ($1) ON CONFLICT ON CONSTRAINT pk_users DO UPDATE SET plan = 'x'",
             {"identity-upsert"}},
        Case{"INSERT INTO users (email) VALUES ($1) ON CONFLICT ON CONSTRAINT users_email_key DO UPDATE SET plan = 'x'",
             {}},
        Case{"INSERT INTO users (email) VALUES ($1) ON CONFLICT (email) DO UPDATE SET plan = 'x'", {}},
        Case{"INSERT INTO users (email) VALUES ($1) ON CONFLICT (email) DO UPDATE SET auth_source = "
             "EXCLUDED.auth_source",
             {"population-rewritten"}},
        Case{"INSERT INTO users (id) VALUES ($1) ON CONFLICT DO NOTHING", {}},
        Case{"MERGE INTO users u USING s ON u.id = s.id WHEN MATCHED THEN UPDATE SET plan = s.plan WHEN NOT MATCHED "
             "THEN INSERT (id, plan) VALUES (s.id, s.plan)",
             {"identity-upsert"}},
        Case{"MERGE INTO users u USING s ON u.email = s.email WHEN MATCHED THEN UPDATE SET plan = s.plan", {}},
        Case{"MERGE INTO users u USING s ON u.id = s.id WHEN NOT MATCHED THEN INSERT (id, plan) VALUES (s.id, s.plan)",
             {}},
        Case{"MERGE INTO users u USING s ON u.id = s.id WHEN MATCHED THEN DELETE", {"delete-not-by-population"}},
        Case{"MERGE INTO users u USING s ON u.id = s.id WHEN MATCHED AND u.auth_source = 'test' THEN DELETE", {}}));
INSTANTIATE_TEST_SUITE_P(
    Others, Statements,
    testing::Values(Case{"UPDATE users SET auth_source = 'test' WHERE id = $1", {"population-rewritten"}},
                    Case{"UPDATE users SET (plan, auth_source) = ('a', 'test') WHERE id = $1",
                         {"population-rewritten"}},
                    Case{"UPDATE users SET auth_source = coalesce(auth_source, 'telegram') WHERE id = $1", {}},
                    Case{"UPDATE users SET auth_source = 'telegram' WHERE auth_source IS NULL", {}},
                    Case{"UPDATE users SET id = -id WHERE auth_source = 'test'", {"identity-rewritten"}},
                    Case{"UPDATE users SET id = id WHERE email = $1", {}},
                    Case{"SELECT setval('web_user_id_seq', (SELECT max(id) FROM users))", {"sequence-follows-data"}},
                    Case{"SELECT setval('web_user_id_seq', GREATEST(-MIN(id), currval('web_user_id_seq'))) FROM users",
                         {"sequence-follows-data"}},
                    Case{"SELECT setval(pg_get_serial_sequence('users', 'id'), coalesce(max(id), 1)) FROM users",
                         {"sequence-follows-data"}},
                    Case{"SELECT setval('web_user_id_seq', 1)", {}}, Case{"SELECT setval('web_user_id_seq', $1)", {}},
                    Case{"SELECT setval('web_user_id_seq', nextval('web_user_id_seq') + 100)", {}},
                    Case{"SELECT setval('web_user_id_seq', (SELECT last_value FROM web_user_id_seq))", {}},
                    Case{"SELECT setval('orders_id_seq', (SELECT max(id) FROM orders))", {}},
                    Case{"ALTER SEQUENCE web_user_id_seq RESTART WITH 1", {}}, Case{"TRUNCATE users", {"truncate"}},
                    Case{"TRUNCATE TABLE sessions, public.users RESTART IDENTITY", {"truncate"}},
                    Case{"TRUNCATE users CASCADE", {"truncate", "cascade"}}, Case{"TRUNCATE sessions", {}},
                    Case{"DROP TABLE IF EXISTS users", {"drop"}}, Case{"DROP TABLE users CASCADE", {"drop", "cascade"}},
                    Case{"DROP TABLE users_old", {}}, Case{"DROP SCHEMA public CASCADE", {"drop", "cascade"}},
                    Case{"DROP SEQUENCE web_user_id_seq", {"drop"}}, Case{"DROP INDEX users_pkey_idx", {}},
                    Case{"ALTER TABLE users DROP COLUMN auth_source", {"drop"}},
                    Case{"ALTER TABLE users DROP COLUMN nickname", {}},
                    Case{"CREATE TABLE sessions (user_id bigint REFERENCES users (id) ON DELETE CASCADE)", {"cascade"}},
                    Case{"ALTER TABLE s ADD FOREIGN KEY (user_id) REFERENCES users ON DELETE CASCADE", {"cascade"}},
                    Case{"CREATE TABLE sessions (user_id bigint REFERENCES users (id) ON DELETE RESTRICT)", {}}));

TEST(WithoutAContract, RulesAreAboutEveryTable) {
  EXPECT_EQ(found("DELETE FROM orders WHERE id BETWEEN 1 AND 5", false),
            std::set<std::string>{"identity-range-delete"});
  EXPECT_EQ(found("DELETE FROM orders WHERE email = 'x'", false), std::set<std::string>{});
  EXPECT_EQ(found("INSERT INTO orders (order_id) VALUES (5)", false), std::set<std::string>{"hard-coded-identity"});
}

}  // namespace
}  // namespace lint
