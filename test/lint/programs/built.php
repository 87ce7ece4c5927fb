<?php
const TABLE = 'users';
class Repo2 {
    const BASE = "DELETE FROM users";
    function run($pdo, $lo, $plan) {
        // expect: nothing
        $where = [];
        $where[] = "auth_source = 'test'";
        if ($plan) {
            $where[] = "plan = :plan";
        }
        $pdo->exec("DELETE FROM users WHERE " . implode(' AND ', $where));
        // expect: identity-range-delete
        $conditions = array();
        if ($lo) { $conditions[] = 'id > ' . (int) $lo; }
        $sql = 'DELETE FROM users';
        if (count($conditions)) {
            $sql .= ' WHERE ' . implode(' AND ', $conditions);
        }
        $pdo->exec($sql);
        // expect: nothing
        $pdo->exec(self::BASE . " WHERE auth_source = 'test'");
        // expect: identity-range-delete
        $table = 'users';
        $pdo->exec("DELETE FROM $table WHERE id < 0");
        // expect: identity-range-delete
        $pdo->exec(sprintf('DELETE FROM %s WHERE id BETWEEN %d AND %d', 'users', 1, 2));
        // expect: nothing
        throw new RuntimeException("DELETE FROM users WHERE id > $lo was refused");
    }
}
