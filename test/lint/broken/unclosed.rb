# expect: unparseable
def f
  x = <<~SQL
  DELETE FROM users
  SQ
  db.execute("TRUNCATE users")
