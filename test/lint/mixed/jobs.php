<?php
$table = 'users';
// expect: identity-range-delete
$pdo->exec("DELETE FROM users WHERE id BETWEEN -91111200 AND -91111100");
// expect: identity-range-delete
$pdo->prepare("DELETE FROM {$table} WHERE id > :id");
// expect: truncate, cascade
DB::statement('TRUNCATE TABLE users RESTART IDENTITY CASCADE');
// expect: population-rewritten
$sql = "UPDATE users SET auth_source = 'test'" .
       " WHERE id = $id";
$q = <<<SQL
-- expect: identity-upsert
INSERT INTO users (id, plan) VALUES (:id, :plan)
ON CONFLICT (id) DO UPDATE SET plan = EXCLUDED.plan
SQL;
$in = implode(',', array_fill(0, count($ids), '?'));
// expect: delete-not-by-population
$pdo->prepare("DELETE FROM users WHERE id IN ($in)");
// expect: nothing
$pdo->prepare("DELETE FROM users WHERE id = ?");
DB::select("SELECT * FROM users WHERE id > ?", [5]);
// expect: nothing
echo "Update users set in stone";
// expect: nothing
$wpdb->query($wpdb->prepare("DELETE FROM posts WHERE id > %d", 5));
