const format = require('pg-format');
const Q = {
  // expect: identity-range-delete
  purge: 'DELETE FROM users WHERE id > $1',
  get: 'SELECT * FROM users WHERE id > $1',
};
// expect: identity-range-delete
pool.query(format('DELETE FROM %I WHERE id > %L', 'users', 5));
// expect: identity-range-delete
await sql`delete from ${sql('users')} where id < 5`;
// expect: missing-predicate
await pool.query(['UPDATE users', 'SET plan = $1'].join(' '), [p]);
// expect: identity-upsert
await db.none('INSERT INTO users(id, plan) VALUES(${id}, ${plan}) ON CONFLICT (id) DO UPDATE SET plan = ${plan}', u);
// expect: truncate
await client.query(String.raw`TRUNCATE users`);
// expect: nothing
let text = 'DELETE FROM users WHERE auth_source = $1';
if (old) text += ' AND id < $2';
await client.query(text, ['test', 5]);
// expect: identity-range-delete
for (let i = -91111200; i < -91111100; i++) await client.query('DELETE FROM users WHERE id = $1', [i]);
// expect: delete-not-by-population
await client.query('DELETE FROM users WHERE id IN (?)', [ids]);
// expect: nothing
alert('Delete from users?');
// expect: nothing
expect(sql).toBe('DELETE FROM users WHERE id > 5');
