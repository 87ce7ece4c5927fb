<?php
// expect: identity-range-delete
for ($i = 1; $i < 9; $i++) { DB::delete('DELETE FROM users WHERE id = ?', [$i]); }
// expect: identity-range-delete
for ($i = 1; $i < 9; $i++) { $pdo->exec("DELETE FROM users WHERE id = $i"); }
// expect: nothing
foreach ($ids as $i) { $pdo->exec("DELETE FROM users WHERE id = $i"); }
