const TABLE = 'users';
const DELETE_USERS = `DELETE FROM ${TABLE}`;

export async function run(db: Db, filter: Filter, lo: number) {
  // expect: nothing
  await db.query(`${DELETE_USERS} WHERE auth_source = 'test'`);
  // expect: identity-range-delete
  await db.query(`${DELETE_USERS} WHERE id < $1`, [lo]);
  // expect: missing-predicate
  await db.query(`TRUNCATE audit; DELETE FROM ${TABLE}`);
  // expect: nothing
  const where: string[] = [];
  if (filter.plan) where.push(`plan = $${where.length + 1}`);
  if (filter.name) where.push('name = $2');
  where.push("auth_source = 'test'");
  await db.query(`DELETE FROM users WHERE ${where.join(' AND ')}`);
  // expect: identity-range-delete
  const c = ['plan IS NULL'];
  if (lo) {
    c.push('id > $1');
  }
  await db.query('DELETE FROM users WHERE ' + c.join(' AND '), [lo]);
  // expect: nothing
  let sql = 'UPDATE users SET plan = $1';
  sql += filter.all ? '' : ' WHERE name = $2';
  await db.query(sql);
  // expect: nothing
  switch (filter.kind) {
    case 'a': sql = "DELETE FROM users WHERE auth_source = 'test'"; break;
    default: sql = 'DELETE FROM sessions';
  }
  await db.query(sql);
  // expect: nothing
  const q = ['DELETE FROM users'];
  filter.each((f) => { q.push(`WHERE ${f}`); });
  await db.query(q.join(' '));
  // expect: nothing
  console.error('TRUNCATE users failed');
  // expect: nothing
  const steps = ['insert into the queue', 'delete from users list', 'update set'];
  // expect: delete-not-by-population
  const Tagged = sql`DELETE FROM users WHERE plan IN (${lo})`;
}
