// expect: identity-range-delete
await pool.query('DELETE FROM users WHERE id BETWEEN $1 AND $2', [from, to]);
// expect: identity-range-delete
await knex.raw('delete from users where id < ?', [limit]);
// expect: sequence-follows-data
await client.query(`ALTER SEQUENCE web_user_id_seq RESTART WITH ${maxId + 1}`);
// expect: missing-predicate
await knex.raw("UPDATE users SET plan = 'free'");
// expect: always-true-predicate
await pool.query(`DELETE FROM users WHERE 1=1`);
// expect: cascade, drop
await knex.schema.raw('DROP TABLE IF EXISTS users CASCADE');
// expect: nothing
await knex('users').where({ auth_source: 'test' }).del();
// expect: nothing
await pool.query({ text: 'DELETE FROM users WHERE auth_source = $1', values: ['test'] });
// expect: nothing
await pool.query('DELETE FROM sessions WHERE id < $1', [5]);
// expect: nothing
showToast("Update your users' plan before you delete from this list");
