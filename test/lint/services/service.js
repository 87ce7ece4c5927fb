const { Pool } = require('pg');
const pool = new Pool();

async function cleanup(from, to) {
  // expect: identity-range-delete
  await pool.query('DELETE FROM users WHERE id BETWEEN $1 AND $2', [from, to]);
  // expect: nothing
  await pool.query({ text: 'DELETE FROM users WHERE auth_source = $1', values: ['test'] });
  // expect: truncate
  await knex.raw('TRUNCATE TABLE users RESTART IDENTITY');
  // expect: truncate, cascade
  await knex.raw('TRUNCATE TABLE ?? CASCADE', ['users']).then(() => pool.query(`TRUNCATE users CASCADE`));
}

exports.up = async (knex) => {
  // expect: sequence-follows-data
  await knex.raw(`
    SELECT setval('web_user_id_seq', (SELECT GREATEST(-MIN(id), 1) FROM users))
  `);
  // expect: nothing
  await knex.schema.raw("ALTER SEQUENCE web_user_id_seq RESTART WITH 20000");
};

async function save(user) {
  // expect: identity-upsert
  await sequelize.query(
    'INSERT INTO users (id, plan) VALUES (:id, :plan) ' +
    'ON CONFLICT ON CONSTRAINT users_pkey DO UPDATE SET plan = EXCLUDED.plan',
    { replacements: user },
  );
  // expect: nothing
  await sequelize.query('INSERT INTO users (id, plan) VALUES (:id, :plan) ON CONFLICT (id) DO NOTHING', { replacements: user });
  // expect: identity-upsert
  await sql`INSERT INTO users ${sql(user)} ON CONFLICT (id) DO UPDATE SET ${sql(user, 'plan')}`;
}

async function rename(user) {
  // expect: nothing
  await sql`UPDATE users SET ${sql(user, 'name', 'plan')} WHERE id = ${user.id}`;
  // expect: identity-rewritten
  await sql`UPDATE users SET id = ${user.newId} WHERE id = ${user.id}`;
  // expect: nothing
  console.warn(`delete from users where id < 0 is forbidden, ${user.name}`);
  // expect: always-true-predicate
  await prisma.$executeRawUnsafe(`UPDATE users SET plan = 'free' WHERE true`);
  // expect: delete-not-by-population
  await prisma.$executeRaw`DELETE FROM users WHERE last_seen < ${cutoff}`;
}
