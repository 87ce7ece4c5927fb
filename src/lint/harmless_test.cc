// What is judged by its words alone is judged as its tree would be.
#include "lint/harmless.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "contract/contract.h"
#include "lint/check.h"
#include "lint/sample_contract.h"

namespace lint {
namespace {

bool is_plainly_harmless(const std::string& statement, bool with_contract) {
  static const contract::Contract contract = contract::parse(sample_contract, "pgrehearse.toml");
  const Tables tables(with_contract ? &contract : nullptr);
  const source::Extraction extraction = source::extract(statement, source::Language::sql);
  return lint::is_plainly_harmless(statement, extraction.fragments[0].statements[0].words, tables);
}

TEST(PlainlyHarmless, IsWhatNeitherSaysAnIdNorAsksForEveryRow) {
  for (const char* statement : {
           "DELETE FROM sessions WHERE kind = 'test' AND expires < now() - interval '7 days'",
           "DELETE FROM ONLY app.sessions s WHERE s.kind = $1 RETURNING s.kind",
           "UPDATE users SET plan = 'free', changed = now() WHERE auth_source = 'test' AND plan <> 'free'",
           "UPDATE users SET plan = 'free' WHERE \"plan\" = 5",
       })
    EXPECT_TRUE(is_plainly_harmless(statement, false)) << statement;
  for (const bool with_contract : {false, true}) {
    EXPECT_TRUE(
        is_plainly_harmless("INSERT INTO users AS u (email, plan) VALUES ('a', 'b') RETURNING id", with_contract));
    EXPECT_TRUE(
        is_plainly_harmless("INSERT INTO public.users (email) SELECT email FROM old WHERE id < 5", with_contract));
  }
}

TEST(PlainlyHarmless, IsNothingThatARuleMayBeAbout) {
  for (const char* statement : {
           "DELETE FROM sessions",
           "DELETE FROM sessions WHERE true = 't'",
           "DELETE FROM sessions WHERE kind = 'a' OR kind <> 'a'",
           "DELETE FROM sessions WHERE kind = 'a' IS NOT NULL",
           "DELETE FROM sessions WHERE kind = 'a' || 'b'",
           "DELETE FROM sessions WHERE kind = kind",
           "DELETE FROM sessions WHERE kind = 'a' AND session_id < 5",
           "DELETE FROM sessions WHERE kind = 'a' AND \"id\" < 5",
           "DELETE FROM sessions WHERE kind = 'a' AND ctid IN (SELECT ctid FROM sessions)",
           "DELETE FROM sessions USING users WHERE sessions.kind = 'a' AND users.x IN (SELECT y FROM z)",
           "UPDATE users SET id = 5 WHERE email = 'a'",
           "UPDATE users SET plan = 'a'",
           "INSERT INTO users VALUES (1, 'a')",
           "INSERT INTO users (SELECT 1, 'a')",
           "INSERT INTO users (email, id) VALUES ('a', 1)",
           "INSERT INTO users (email, \"id\") VALUES ('a', 1)",
           "INSERT INTO users (email) VALUES ('a') ON CONFLICT (id) DO UPDATE SET plan = 'b'",
           "INSERT INTO notes (t) WITH x AS (INSERT INTO users (id) VALUES (1) RETURNING id) SELECT 'a' FROM x",
       })
    EXPECT_FALSE(is_plainly_harmless(statement, false)) << statement;
  // A contract asks for the population, too.
  EXPECT_FALSE(is_plainly_harmless("DELETE FROM users WHERE email = 'a'", true));
  EXPECT_FALSE(is_plainly_harmless("UPDATE users SET auth_source = 'a' WHERE email = 'a'", true));
}

}  // namespace
}  // namespace lint
