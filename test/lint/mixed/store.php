<?php
class P {
  const T = 'users';
  function m() {
    // expect: identity-range-delete
    $this->db->query(sprintf('DELETE FROM %s WHERE id > %d', self::T, 5));
    DB::unprepared(<<<'SQL'
      -- expect: population-rewritten
      UPDATE users SET auth_source = 'test' WHERE email = 'a';
    SQL);
    // expect: identity-range-delete
    $q = 'DELETE FROM users';
    $q .= ' WHERE id < 0';
    $this->db->exec($q);
    // expect: delete-not-by-population
    DB::delete('delete from users where id in (' . implode(',', $ids) . ')');
    // expect: sequence-follows-data
    DB::statement("SELECT setval('web_user_id_seq', (SELECT MAX(id) FROM users))");
    // expect: hard-coded-identity
    DB::insert('insert into users (id, name) values (?, ?)', [-91111101, 'x']);
    // expect: nothing
    DB::update('update users set plan = ? where id = ?', ['x', 5]);
    // expect: nothing
    throw new Exception("Could not delete from users where id = $id");
  }
}
