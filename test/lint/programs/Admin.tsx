export function Admin({ db, id }: Props) {
  return (
    <section title="Delete from users">
      {/* expect: truncate
       */}
      <button onClick={() => db.exec('TRUNCATE users')}>Empty</button>
      {/* expect: identity-range-delete
       */}
      <button onClick={() => db.exec(`DELETE FROM users WHERE id <= ${id}`)}>Older</button>
      {/* expect: missing-predicate
       */}
      <button onClick={async () => { await db.exec("DELETE FROM users;"); }}>All</button>
      {/* expect: hard-coded-identity
       */}
      <button onClick={() => db.exec("INSERT INTO users (id, plan) VALUES (7, 'pro')")}>Seven</button>
      {/* expect: population-rewritten
       */}
      <button onClick={() => db.exec(`UPDATE users SET auth_source = 'oauth' WHERE id = ${id}`)}>Move</button>
      {/* expect: nothing
       */}
      <button onClick={() => db.exec(`DELETE FROM users WHERE id = ${id}`)}>This</button>
      {/* expect: nothing
       */}
      <p>DELETE FROM users WHERE 1 = 1 is what this page never does.</p>
      {/* expect: nothing
       */}
      <button onClick={() => db.exec(`DELETE FROM users WHERE auth_source = 'test' AND id < ${id}`)}>Test users</button>
    </section>
  );
}
