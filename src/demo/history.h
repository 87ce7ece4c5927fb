// The database of the incident and what happened to it, as SQL.
#pragma once

#include <string_view>

namespace demo {

inline constexpr std::string_view kContract = R"([tables.users]
id = "id"
population = "auth_source"

[tables.users.populations.telegram]
ids = "1..4503599627370495"

[tables.users.populations.oauth]
ids = "..-1"
minted_by = "-web_user_id_seq"

[tables.users.populations.test]
ids = "4503599627370496.."
disposable = true

[probes."oauth signup"]
sql = "INSERT INTO users (id, auth_source) VALUES (-nextval('web_user_id_seq'), 'oauth') RETURNING id"

[budget]
rows = 10000
)";

// A sign-up as the application makes it: by its own function, which heals.
inline constexpr std::string_view kNightProbe = R"toml(
[probes."sign-up"]
sql = "SELECT sign_up('somebody')"
)toml";

// Owned by the application's own role, which is what the scripts run as.
inline constexpr std::string_view kSchema = R"(
CREATE SEQUENCE web_user_id_seq;
CREATE TABLE users (
  id          bigint PRIMARY KEY,
  auth_source text NOT NULL,
  plan        text NOT NULL DEFAULT 'free',
  name        text,
  created_at  timestamptz NOT NULL DEFAULT now());
CREATE TABLE subscriptions (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  tier    text NOT NULL);
CREATE TABLE chat_sessions (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE,
  title   text NOT NULL);
CREATE TABLE web_messages (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session_id bigint NOT NULL REFERENCES chat_sessions ON DELETE CASCADE,
  body       text NOT NULL);
CREATE INDEX ON subscriptions (user_id);
CREATE INDEX ON chat_sessions (user_id);
CREATE INDEX ON web_messages (session_id);

-- The minter of the incident: where the id is taken it "heals" the sequence from the rows.
CREATE FUNCTION sign_up(person text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE minted bigint;
BEGIN
  LOOP
    minted := -nextval('web_user_id_seq');
    BEGIN
      INSERT INTO users (id, auth_source, name) VALUES (minted, 'oauth', person);
      RETURN minted;
    EXCEPTION WHEN unique_violation THEN
      PERFORM setval('web_user_id_seq', GREATEST((SELECT -MIN(id) FROM users), currval('web_user_id_seq')));
    END;
  END LOOP;
END $$;
)";

// Telegram's people, and the first 1,194 who came by the web.
inline constexpr std::string_view kHealthyLife = R"(
INSERT INTO users (id, auth_source, name)
  SELECT 1000000 + g * 179424673::bigint % 7900000000, 'telegram', 'tg ' || g FROM generate_series(1, 20000) g;
SELECT count(sign_up('web ' || g)) FROM generate_series(1, 1194) g;
INSERT INTO subscriptions (user_id, tier) SELECT id, 'pro' FROM users WHERE id % 3 = 0;
INSERT INTO chat_sessions (user_id, title) SELECT id, 'hello' FROM users WHERE id % 2 = 0;
INSERT INTO web_messages (session_id, body) SELECT id, 'message ' || n FROM chat_sessions, generate_series(1, 3) n;
)";

// Habit 1: ids made up by hand, in the space that belongs to sign-ups.
inline constexpr std::string_view kTestUsers = R"(INSERT INTO users (id, auth_source, name) VALUES
  (-91111101, 'test', 'QA one'),
  (-1195,     'test', 'QA, quickly');
)";

// Habit 2: sign-ups go on; the 1,195th meets QA's row, and the minter heals itself into the test window.
inline constexpr std::string_view kSignUps = R"(SELECT sign_up('Ada');
SELECT sign_up('Grace');
SELECT sign_up('Edsger');
SELECT sign_up('Barbara');
SELECT sign_up('Donald');
SELECT sign_up('Radia');
SELECT sign_up('Leslie');
SELECT sign_up('Frances');
SELECT sign_up('Niklaus');
SELECT sign_up('Margaret');
)";

// They are customers like everybody else.
inline constexpr std::string_view kTheirLife = R"(
INSERT INTO subscriptions (user_id, tier) SELECT id, 'pro' FROM users WHERE id <= -91111102;
INSERT INTO chat_sessions (user_id, title) SELECT id, 'my first chat' FROM users, generate_series(1, 2) WHERE id <= -91111102;
INSERT INTO web_messages (session_id, body)
  SELECT s.id, 'message ' || n FROM chat_sessions s, generate_series(1, 4) n WHERE s.user_id <= -91111102;
)";

// Habit 3: an upsert on the id, for a test user who "must exist".
inline constexpr std::string_view kUpsert = R"(INSERT INTO users (id, auth_source, plan, name)
VALUES (-91111105, 'test', 'pro', 'QA two')
ON CONFLICT (id) DO UPDATE SET plan = excluded.plan;
)";

inline constexpr std::string_view kRangeDelete = R"(DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100;
)";

inline constexpr std::string_view kContractDelete = R"(DELETE FROM users WHERE auth_source = 'test';
)";

// Test users where they belong.
inline constexpr std::string_view kTestUsersOfToday = R"(
INSERT INTO users (id, auth_source, name) VALUES (4503599627370900, 'test', 'QA one'), (4503599627370901, 'test', 'QA two');
INSERT INTO subscriptions (user_id, tier) VALUES (4503599627370900, 'pro');
)";

// A row that was read about, and looks otherwise since.
inline constexpr std::string_view kBehindItsBack = R"(
UPDATE users SET plan = 'pro', name = 'QA two, who pays' WHERE id = 4503599627370901;
)";

inline constexpr std::string_view kRegrettedUpdate = R"(UPDATE users SET name = 'friend' WHERE auth_source = 'oauth';
)";

// Where backups go. The demo writes its own directories in the place of {0} and {1}.
inline constexpr std::string_view kTiers = R"toml(
[stores.local]
url = "file://{0}"

[stores.offsite]                 # a bucket, on another day: url = "s3://honeychat-backups"
url = "file://{1}"

[tiers.hourly]
what = "dump"
every = "1h"
keep = "48h"
stores = ["local"]

[tiers.daily]
what = "dump"
every = "24h"
keep = "30d"
stores = ["local", "offsite"]

[drill]
rto = "15m"
checks = ["SELECT count(*) > 20000 FROM users"]
)toml";

inline constexpr std::string_view kTheLastMinute = R"(
INSERT INTO users (id, auth_source, name) SELECT -nextval('web_user_id_seq'), 'oauth', person
  FROM unnest(ARRAY['Hedy', 'Katherine', 'Annie']) person;
)";

}  // namespace demo
