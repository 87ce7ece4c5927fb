const { Pool } = require('pg');
const pool = new Pool();

async function clean(lo, hi, ids, options) {
  // expect: nothing
  let q = "DELETE FROM users";
  q += " WHERE auth_source = 'test'";
  await pool.query(q);

  // expect: identity-range-delete
  let range = 'DELETE FROM users';
  range += ' WHERE id > $1';
  range += ' AND id < $2';
  await pool.query(range, [lo, hi]);

  // expect: nothing
  await pool.query(["DELETE FROM users", "WHERE auth_source = 'test'"].join(" "));

  // expect: identity-range-delete
  await pool.query([
    'DELETE FROM users',
    'WHERE id BETWEEN $1 AND $2',
    'RETURNING id',
  ].join('\n'), [lo, hi]);

  // expect: nothing
  let sql = `UPDATE users SET plan = 'free'`;
  if (options.only) {
    sql += ` WHERE id = $1`;
  }
  await pool.query(sql, [options.only]);

  // expect: missing-predicate
  const all = `DELETE FROM users`;
  await pool.query(all);

  // expect: nothing
  const where = options.filters.map((f, i) => `${f} = $${i + 1}`).join(' AND ');
  await pool.query(`DELETE FROM users WHERE auth_source = 'test' AND ${where}`);

  // expect: nothing
  console.log(`delete from users: ${ids.length} rows gone`);

  // expect: identity-upsert
  await pool.query('INSERT INTO users (id, plan) VALUES ($1, $2) '.concat('ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan'));
}

exports.up = async (knex) => {
  // expect: truncate
  await knex.raw('TRUNCATE users RESTART IDENTITY');
  // expect: nothing
  await knex('users').where('auth_source', 'test').whereBetween('id', [1, 5]).del();
  // expect: nothing
  await knex.raw('CREATE TABLE IF NOT EXISTS users_archive (LIKE users)');
};
