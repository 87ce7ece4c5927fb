const { sql } = require('kysely');
const TEST_ID = -91111101;

// expect: hard-coded-identity
db.query(`INSERT INTO users (id, auth_source) VALUES (${TEST_ID}, 'test')`);
// expect: hard-coded-identity
db.query('INSERT INTO users (id, auth_source) VALUES ($1, $2)', [TEST_ID, 'test']);
// expect: nothing
db.query('INSERT INTO users (id, auth_source) VALUES ($1, $2)', [nextId(), 'test']);
// expect: identity-range-delete
knex.raw('DELETE FROM ?? WHERE ?? BETWEEN ? AND ?', ['users', 'id', 1, 5]);
// expect: nothing
knex.raw('DELETE FROM ?? WHERE ?? = ?', ['users', 'auth_source', 'test']);
// expect: nothing
knex.raw('DELETE FROM ?? WHERE ?? BETWEEN ? AND ?', ['orders', 'id', 1, 5]);
// expect: identity-range-delete
await sql`delete from ${sql.table('users')} where ${sql.ref('id')} < ${limit}`.execute(db);
// expect: nothing
await sql`delete from ${sql.table('orders')} where ${sql.ref('id')} < ${limit}`.execute(db);
// expect: truncate
for (const t of ['orders', 'users']) await db.query(`TRUNCATE ${t}`);
// expect: truncate
['orders', 'users'].forEach(t => db.query('TRUNCATE ' + t));
// expect: nothing
['orders', 'invoices'].forEach((t) => { db.query(`TRUNCATE ${t}`); });
// expect: sequence-follows-data
async function heal(db) {
  const { rows } = await db.query('SELECT max(-id) AS top FROM users');
  await db.query(`SELECT setval('web_user_id_seq', ${rows[0].top})`);
}
// expect: nothing
async function decided(db, start) {
  const { rows } = await db.query('SELECT value FROM settings');
  await db.query(`SELECT setval('web_user_id_seq', ${rows[0].value})`);
}
// expect: nothing
db.query(`DELETE FROM users ${id ? `WHERE id = ${id}` : ''}`);
// expect: identity-range-delete
db.query(`DELETE FROM users ${old ? `WHERE id < ${id}` : "WHERE auth_source = 'test'"}`);
