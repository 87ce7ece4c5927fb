<?php
const TEST_ID = -91111101;
// expect: hard-coded-identity
$pdo->exec("INSERT INTO users (id, auth_source) VALUES (" . TEST_ID . ", 'test')");
// expect: truncate
foreach (['orders', 'users'] as $t) { $pdo->exec("TRUNCATE $t"); }
// expect: nothing
foreach (['orders', 'invoices'] as $k => $t) { $pdo->exec("TRUNCATE $t"); }
// expect: identity-range-delete
$pdo->exec(sprintf('DELETE FROM users WHERE id IN (SELECT id FROM users ORDER BY id LIMIT %d)', 100));
// expect: sequence-follows-data
$stmt = $pdo->query("SELECT max(-id) AS top FROM users");
$row = $stmt->fetch();
$pdo->exec("SELECT setval('web_user_id_seq', {$row['top']})");
