// expect: nothing
export class A {
  /* delete from users is what it does not do */
  private x = accessor weird y = 3;
  run() { return this.db.query("DELETE FROM users WHERE auth_source = 'test'"); ]
}
