<?php
final class Assembled
{
    public function run(PDO $pdo, int $lo, int $hi, ?string $only): void
    {
        // expect: nothing
        $q = "DELETE FROM users";
        $q .= " WHERE auth_source = 'test'";
        $pdo->exec($q);

        // expect: identity-range-delete
        $sql = 'DELETE FROM users';
        $sql .= ' WHERE id BETWEEN :lo AND :hi';
        $pdo->prepare($sql)->execute(['lo' => $lo, 'hi' => $hi]);

        // expect: nothing
        $u = "UPDATE users SET plan = 'free'";
        if ($only !== null) {
            $u .= " WHERE plan = :plan";
        }
        $pdo->prepare($u)->execute(['plan' => $only]);

        // expect: nothing
        $pdo->exec(implode(' ', ["DELETE FROM users", "WHERE auth_source = 'test'"]));

        // expect: identity-range-delete
        $pdo->exec(implode(' ', array('DELETE FROM users', 'WHERE id < 0')));

        // expect: identity-range-delete
        $pdo->exec("DELETE FROM users WHERE id > {$lo}");

        // expect: nothing
        DB::table('users')->where('id', '>', 5)->delete();

        // expect: delete-not-by-population
        DB::statement(<<<SQL
            DELETE FROM users
            WHERE plan = '$only'
            SQL);

        // expect: missing-predicate
        $all = sprintf("DELETE FROM %s", "users") . ";";
        $pdo->exec("DELETE FROM users");

        // expect: nothing
        error_log("Delete from users was refused");
    }
}
