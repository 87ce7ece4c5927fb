<?php
// expect: identity-range-delete
DB::statement('DELETE FROM users WHERE id BETWEEN ? AND ?', [$from, $to]);
// expect: identity-range-delete
DB::delete("delete from users where id > {$this->floor}");
// expect: sequence-follows-data
$pdo->exec("ALTER SEQUENCE web_user_id_seq RESTART WITH " . ($max + 1));
// expect: identity-upsert
$stmt = $pdo->prepare('INSERT INTO users (id, plan) VALUES (:id, :plan) ON CONFLICT (id) DO UPDATE SET plan = :plan');
// expect: nothing
DB::table('users')->where('auth_source', 'test')->delete();
// expect: nothing
DB::update('update users set plan = ? where id = ?', ['pro', $id]);
// expect: nothing
$pdo->query(<<<'SQL'
    DELETE FROM users WHERE auth_source = 'test'
SQL);
// expect: nothing
throw new RuntimeException("Truncate users is not allowed here");
