<?php
// expect: missing-predicate, truncate
$x = "DELETE FROM users; $db->q('TRUNCATE users');
