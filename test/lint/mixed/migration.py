from sqlalchemy import text
# expect: population-rewritten
stmt = text("UPDATE users SET auth_source = :src WHERE id = :id")
# expect: identity-range-delete
session.execute(text("DELETE FROM users WHERE id > :floor").bindparams(floor=0))
# expect: drop
op.execute("ALTER TABLE users DROP COLUMN auth_source")
op.execute(
    sa.text(
        """
        -- expect: missing-predicate
        UPDATE users
           SET plan = 'free'
        """
    )
)
# expect: truncate
engine.execute("TRUNCATE {}".format("users"))
# expect: nothing
q = "DELETE FROM users"
if only_test:
    q += " WHERE auth_source = 'test'"
else:
    # expect: always-true-predicate
    q += " WHERE 1 = 1"
conn.execute(q) 
# expect: identity-range-delete
parts = ["DELETE FROM users", "WHERE id < 0"]
conn.execute(" ".join(parts))
User.objects.raw("SELECT * FROM users WHERE id < 0")
# expect: nothing
help_text = "Deletes users. Use DELETE FROM to start."
