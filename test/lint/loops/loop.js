// expect: identity-range-delete
for (let i = lo; i <= hi; i++) await pool.query('DELETE FROM users WHERE id = $1', [i]);
// expect: identity-range-delete
for (let id = -91111200; id < -91111100; id += 1) {
  await pool.query(`DELETE FROM users WHERE id = ${id}`);
}
// expect: nothing
for (let i = 0; i < ids.length; i++) await pool.query('DELETE FROM users WHERE id = $1', [ids[i]]);
// expect: nothing
for (const id of ids) await pool.query('DELETE FROM users WHERE id = $1', [id]);
