// expect: unparseable
class A { void f() { String s = """
   DELETE FROM users;
   } }
