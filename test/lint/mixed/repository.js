import { sql } from '@vercel/postgres';
// expect: identity-range-delete
export const purge = (lo, hi) => sql`DELETE FROM users WHERE id BETWEEN ${lo} AND ${hi}`;
// expect: nothing
export const one = (id) => sql`DELETE FROM users WHERE id = ${id}`;
// expect: identity-range-delete
const clauses = ['DELETE FROM users'];
clauses.push('WHERE id > 5');
await db.query(clauses.join(' '));
await db.query(`
  -- expect: identity-upsert
  INSERT INTO users (id, plan)
  VALUES ${rows.map(r => `(${r.id}, '${r.plan}')`).join(', ')}
  ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan
`);
// expect: sequence-follows-data
await db.query("SELECT setval('web_user_id_seq', (SELECT MAX(" + col + ") FROM users))");
// expect: sequence-follows-data
await db.query('ALTER SEQUENCE web_user_id_seq RESTART WITH ' + (maxId + 1));
// expect: nothing
await db.query('DELETE FROM users WHERE auth_source = \'test\'');
// expect: population-rewritten
await db.query("UPDATE users SET \"auth_source\" = 'test' WHERE email = 'x'");
// expect: identity-range-delete
await db.query('delete from "users" where "id" <= ' + id + ';');
// expect: delete-not-by-population
await db.query(`DELETE FROM users u USING old o WHERE u.id = o.id`);
// expect: nothing
console.error(`delete from users where id = ${id} failed`);
