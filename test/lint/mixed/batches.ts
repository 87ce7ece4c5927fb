const ids: number[] = [];
// expect: delete-not-by-population
await ds.query(`DELETE FROM "users" WHERE "id" = ANY($1::bigint[])`, [ids]);
// expect: identity-range-delete
await ds.query('UPDATE users SET plan = $1 WHERE ' + 'id > $2', ['x', 5]);
// expect: nothing
const del = (w: string) => `DELETE FROM users WHERE ${w}`;
// expect: truncate
const q = cond ? 'TRUNCATE users' : 'SELECT 1';
await ds.query(q);
// expect: identity-range-delete
execSync(`psql -c "DELETE FROM users WHERE id > 3"`);
// expect: nothing
await ds.query(`DELETE FROM users WHERE auth_source = '${src}' AND id < ${max}`);
await kysely.deleteFrom('users').where('id', '>', 5).execute();
// expect: nothing
throw new Error(`UPDATE users SET plan = ${p} failed`);
