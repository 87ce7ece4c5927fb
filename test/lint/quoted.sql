-- expect: identity-range-delete
DELETE FROM app."Accounts" WHERE "Id" < 1000;
-- expect: delete-not-by-population
DELETE FROM app."Accounts" AS a WHERE a.email LIKE '%@example.com';
-- expect: nothing
DELETE FROM app."Accounts" WHERE "Kind" = 'robot';
-- expect: nothing
DELETE FROM app.accounts WHERE id < 1000;
-- expect: nothing
DELETE FROM app."Accounts" WHERE id = 5 AND "Kind" = 'robot';
-- expect: hard-coded-identity
INSERT INTO app."Accounts" ("Id", "Kind") VALUES (7, 'robot');
-- expect: identity-upsert
INSERT INTO "app"."Accounts" ("Id", "Kind") VALUES ($1, $2) ON CONFLICT ("Id") DO UPDATE SET email = excluded.email;
-- expect: truncate
TRUNCATE app."Accounts";
-- expect: drop
DROP TABLE app."Accounts";
-- expect: drop
DROP SEQUENCE app."Account Ids";
-- expect: sequence-follows-data
SELECT setval('app."Account Ids"', (SELECT max("Id") FROM app."Accounts"));
-- expect: sequence-follows-data
SELECT setval(pg_get_serial_sequence('app."Accounts"', 'Id'), (SELECT max(n) FROM staging));
-- expect: nothing
SELECT setval('app.account_ids', (SELECT max(n) FROM staging));
-- expect: drop
DROP SCHEMA app;
