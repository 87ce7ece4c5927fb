import { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { sql } from 'slonik';

export class Tidy1700000000000 implements MigrationInterface {
  public async up(queryRunner: QueryRunner): Promise<void> {
    // expect: drop, cascade
    await queryRunner.query(`DROP TABLE "users" CASCADE`);
    // expect: nothing
    await queryRunner.query(`ALTER TABLE "users" ADD COLUMN "locale" text NOT NULL DEFAULT 'en'`);
    // expect: drop
    await queryRunner.query(`ALTER TABLE "users" DROP COLUMN "auth_source"`);
  }
}

export async function wipe(ds: DataSource, ids: number[]): Promise<void> {
  // expect: delete-not-by-population
  await ds.query('DELETE FROM users WHERE id = ANY($1::bigint[])', [ids]);
  // expect: delete-not-by-population
  await ds.query(`DELETE FROM users WHERE id IN (${ids.join(',')})`);
  // expect: nothing
  await ds.query(`DELETE FROM sessions WHERE user_id IN (${ids.join(',')})`);
  // expect: identity-range-delete
  await ds.manager.query(`delete from "public"."users" where "id" <= ${Math.max(...ids)}`);
}

const allowed: string = 'plan';
export const one = (id: number) =>
  // expect: nothing
  sql.unsafe`SELECT * FROM users WHERE id = ${id} FOR UPDATE`;

export async function merge(pool: any, rows: unknown) {
  // expect: identity-upsert
  await pool.any(sql.unsafe`
    MERGE INTO users AS u USING incoming AS i ON u.id = i.id
    WHEN MATCHED THEN UPDATE SET plan = i.plan
    WHEN NOT MATCHED THEN INSERT (id, plan) VALUES (i.id, i.plan)
  `);
  // expect: nothing
  await pool.any(sql.unsafe`INSERT INTO users (name, auth_source) SELECT name, 'test' FROM incoming`);
  // expect: population-rewritten
  await pool.any(sql.unsafe`
    INSERT INTO users (email, auth_source) VALUES (${rows}, 'test')
    ON CONFLICT (email) DO UPDATE SET auth_source = EXCLUDED.auth_source`);
  // expect: nothing
  expect(() => pool.any('nothing')).toThrow('refused: DELETE FROM users without a population');
}
