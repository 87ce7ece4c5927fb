<?php
// expect: delete-not-by-population
$db->exec("DELETE FROM users WHERE email LIKE '%@example.com'");
// expect: nothing
$db->prepare("DELETE FROM users WHERE id = :id");
