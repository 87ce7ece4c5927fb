// expect: nothing
#define FOR_EACH(x) for (x
int f() { FOR_EACH(int i = 0; i < 3; ++i)) {
    truncate(path, 0); do { truncate x; } while (0);
    update(a);
    set(b);
  }
  q("DELETE FROM users WHERE auth_source = 'test'");
}
