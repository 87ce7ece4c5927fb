// expect: unparseable
class A { void F() { var s = @"DELETE FROM users; db.E("TRUNCATE users"); } 
