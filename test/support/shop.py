"""The database of the incident, small: telegram and oauth people, what hangs on them, and the contract."""

CONTRACT = """[tables.users]
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
rows = 1000
"""

SCHEMA = """
CREATE SEQUENCE web_user_id_seq;
CREATE TABLE users (id bigint PRIMARY KEY, auth_source text NOT NULL, plan text NOT NULL DEFAULT 'free', name text);
CREATE TABLE subscriptions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE, tier text);
CREATE TABLE chat_sessions (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id bigint NOT NULL REFERENCES users ON DELETE CASCADE, title text);
CREATE TABLE web_messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  session_id bigint NOT NULL REFERENCES chat_sessions ON DELETE CASCADE, body text);
"""

# 100 from telegram, 20 who signed up early, and the ten whom the sequence carried into the test window; each of these
# has a subscription, two sessions and four messages in each of them. Three test users, one of them with a subscription.
ROWS = """
INSERT INTO users (id, auth_source, name) SELECT g, 'telegram', 'tg ' || g FROM generate_series(1, 100) g;
INSERT INTO users (id, auth_source, name) SELECT -g, 'oauth', 'web ' || g FROM generate_series(1, 20) g;
INSERT INTO users (id, auth_source, name) SELECT -91111101 - g, 'oauth', 'late ' || g FROM generate_series(1, 10) g;
INSERT INTO users (id, auth_source, name) VALUES
  (-91111101, 'test', 'QA one'), (4503599627370500, 'test', 'QA two'), (4503599627370501, 'test', 'QA three');
SELECT setval('web_user_id_seq', 91111111);
INSERT INTO subscriptions (user_id, tier) SELECT id, 'pro' FROM users WHERE id < -100 ORDER BY id;
INSERT INTO chat_sessions (user_id, title) SELECT id, 'chat' FROM users, generate_series(1, 2) WHERE id < -91111101 ORDER BY id;
INSERT INTO web_messages (session_id, body) SELECT id, 'm' FROM chat_sessions, generate_series(1, 4) ORDER BY id;
"""

DATABASE = SCHEMA + ROWS

RANGE_DELETE = "DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100;\n"
CONTRACT_DELETE = "DELETE FROM users WHERE auth_source = 'test';\n"
