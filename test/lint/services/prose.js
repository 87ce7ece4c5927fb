test('x', async () => {
  // expect: nothing
  expect(calls[0].sql).toEqual('DELETE FROM users WHERE id < 0');
  // expect: nothing
  if (sql.includes('TRUNCATE users')) throw new Error('no');
  // expect: nothing
  if (sql === `DELETE FROM users`) return;
  // expect: nothing
  it('DELETE FROM users WHERE id < 0 is refused', () => {});
  // expect: truncate
  await pool.query('TRUNCATE users');
});
