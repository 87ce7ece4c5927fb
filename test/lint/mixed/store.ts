const T = 'users' as const;
export const q = <T,>(x: T) => x;
// expect: identity-range-delete
await db.query<User>(`DELETE FROM ${T} WHERE id BETWEEN $1 AND $2`, [1, 5]);
// expect: missing-predicate
await prisma.$executeRaw(Prisma.sql`UPDATE users SET plan = ${p}`);
@Injectable() class S {
  // expect: delete-not-by-population
  private readonly sql = 'DELETE FROM users WHERE email LIKE $1';
  run = () => this.db.query(this.sql);
  // expect: identity-upsert
  async m() { await this.db.query(`MERGE INTO users t USING s ON t.id = s.id WHEN MATCHED THEN UPDATE SET plan = s.plan`); }
  // expect: nothing
  async n() { await this.db.query(`DELETE FROM users WHERE id = ${this.id}`); }
}
