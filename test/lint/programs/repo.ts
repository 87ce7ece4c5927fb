// expect: identity-upsert
await prisma.$executeRaw`INSERT INTO users (id, plan) VALUES (${id}, ${plan}) ON CONFLICT (id) DO UPDATE SET plan = ${plan}`;
// expect: identity-range-delete
await sql<User>`UPDATE users SET plan = 'free' WHERE id > ${from}`.execute(db);
// expect: truncate
await dataSource.query('TRUNCATE TABLE "users" RESTART IDENTITY');
// expect: identity-rewritten
await queryRunner.query(`UPDATE users SET id = ${next} WHERE id = ${old}`);
// expect: delete-not-by-population
await db.execute(sql`DELETE FROM users WHERE email = ${email} OR plan IS NULL`);
// expect: nothing
await prisma.$queryRaw`SELECT * FROM users WHERE id > ${cursor} ORDER BY id LIMIT 50`;
// expect: nothing
await db.query('DELETE FROM users WHERE auth_source = $1 AND id > $2', ['test', 5] as const);
// expect: nothing
const label: string = `Delete from users where you see ${count} duplicates`;
