import { sql, type Client } from './db';

export class Store {
  constructor(private readonly client: Client) {}

  async purge(before: Date, floor?: number): Promise<void> {
    // expect: delete-not-by-population
    let statement: string = 'DELETE FROM users';
    statement += ' WHERE created_at < $1';
    await this.client.query(statement, [before]);

    // expect: nothing
    const parts: string[] = ['DELETE FROM users'];
    parts.push("WHERE auth_source = 'test'");
    await this.client.query(parts.join(' '));

    // expect: identity-range-delete
    const bits: string[] = ["UPDATE users SET plan = 'free'"];
    if (floor !== undefined) {
      bits.push('WHERE id <= $1');
    }
    await this.client.query(bits.join(' '), [floor]);

    // expect: nothing
    await this.client.query(sql`DELETE FROM users WHERE id = ${floor}`);

    // expect: identity-range-delete
    await this.client.query(sql`
      DELETE FROM users
       WHERE auth_source <> 'telegram' AND id < ${floor}
    `);

    // expect: nothing
    throw new Error('cannot update users set: the plan is unknown');
  }

  // expect: hard-coded-identity
  seed = () => this.client.query("INSERT INTO users (id, auth_source)" + " VALUES (-91111101, 'test')");
}
