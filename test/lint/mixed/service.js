const { Pool } = require('pg');
const table = 'users';
async function run(db, ids) {
  // expect: identity-range-delete
  await db.query('DELETE FROM users WHERE id >= $1 AND id < $2', [lo, hi]);
  // expect: identity-range-delete
  await db.query(`DELETE FROM ${table} WHERE id < ${limit}`);
  // expect: identity-upsert
  await db.query('INSERT INTO users (id, plan) VALUES ($1, $2) ' +
                 'ON CONFLICT (id) DO UPDATE SET plan = excluded.plan', [id, plan]);
  // expect: delete-not-by-population
  await sql`delete from users where id = any(${ids})`;
  // expect: missing-predicate
  await knex.raw('update users set plan = ?', ['free']);
  // expect: delete-not-by-population
  await sequelize.query("DELETE FROM users WHERE email LIKE '%@example.com'");
  // expect: identity-range-delete
  const q = ['DELETE FROM users', 'WHERE id BETWEEN 1 AND 5'].join('\n');
  // expect: hard-coded-identity
  await db.query({ text: 'INSERT INTO users(id, name) VALUES(-91111101, $1)', values: [n] });
  // expect: delete-not-by-population
  await db.query(`DELETE FROM users WHERE id IN (${ids.map((_, i) => `$${i + 1}`).join(',')})`, ids);
  // expect: nothing
  await db.query('DELETE FROM users WHERE id = $1', [id]);
  // expect: nothing
  await db.query(`UPDATE users SET ${cols.map((c, i) => `${c} = $${i}`).join(', ')} WHERE id = $1`, vals);
  // expect: nothing
  await sql`delete from users where auth_source = ${'test'} and id < ${0}`;
  // expect: nothing
  console.log('truncate users: done');
  // expect: nothing
  document.title = `Delete from ${list}`;
  // expect: nothing
  throw new Error('DELETE FROM users requires a WHERE clause');
}
