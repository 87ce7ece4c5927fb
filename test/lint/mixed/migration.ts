export class M1 implements MigrationInterface {
  public async up(q: QueryRunner): Promise<void> {
    // expect: cascade
    await q.query(`ALTER TABLE "sessions" ADD CONSTRAINT "FK_1" FOREIGN KEY ("user_id") REFERENCES "users"("id") ON DELETE CASCADE`);
    // expect: sequence-follows-data
    await q.query(`SELECT setval('web_user_id_seq', (SELECT MAX(id) FROM users))`);
    // expect: drop
    await q.query('DROP TABLE "users"');
    // expect: identity-rewritten
    await prisma.$executeRaw`UPDATE users SET id = ${next} WHERE id = ${prev}`;
    // expect: identity-range-delete
    await prisma.$executeRawUnsafe("DELETE FROM users WHERE id > $1", 100);
    // expect: nothing
    await q.query(`DROP INDEX "IDX_users_email"`);
    // expect: nothing
    const x: string = "INSERT INTO audit (id, msg) VALUES (1, 'DELETE FROM users')";
  }
}
