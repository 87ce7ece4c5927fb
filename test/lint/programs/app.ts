// expect: identity-range-delete
await db.query(`DELETE FROM users WHERE id > ${lo} AND id < ${hi}`);
// expect: population-rewritten
await db.query("UPDATE users SET auth_source = 'test' WHERE id = $1", [1]);
// expect: nothing
await db.query(`DELETE FROM users WHERE id = ${id}`);
