import { sql } from '@vercel/postgres';

export async function remove(form: FormData) {
  'use server';
  // expect: delete-not-by-population
  await sql`DELETE FROM users WHERE email = ${form.get('email') as string}`;
  // expect: nothing
  await sql`DELETE FROM users WHERE id = ${Number(form.get('id'))}`;
  // expect: identity-range-delete
  await db.execute(sql`delete from ${users} where id > 5`.append(sql``)), await sql`delete from users where id > ${5}`;
}

export function Danger() {
  // expect: nothing
  return <p title="DELETE FROM users WHERE id < 0">Delete from users where you must.</p>;
}
