<?php
namespace App;

use Illuminate\Support\Facades\DB;

class Users
{
    public function purge(int $from, int $to): void
    {
        // expect: identity-range-delete
        DB::delete('DELETE FROM users WHERE id >= ? AND id <= ?', [$from, $to]);
        // expect: nothing
        DB::delete('DELETE FROM users WHERE auth_source = ? AND name LIKE ?', ['test', 'it-%']);
        // expect: missing-predicate
        DB::statement("DELETE FROM users");
        // expect: truncate
        DB::statement('TRUNCATE users');
        // expect: nothing
        DB::table('users')->where('auth_source', 'test')->delete();
    }

    public function save(array $u): void
    {
        // expect: identity-upsert
        $stmt = $this->pdo->prepare(<<<SQL
            INSERT INTO users (id, name) VALUES (:id, :name)
            ON CONFLICT (id) DO UPDATE SET name = EXCLUDED.name
            SQL);
        $stmt->execute($u);
        // expect: identity-range-delete
        $this->pdo->exec("DELETE FROM users WHERE id < {$u['id']} AND plan = 'free'");
        // expect: nothing
        $this->pdo->exec("DELETE FROM sessions WHERE id < {$u['id']}");
        // expect: sequence-follows-data
        pg_query($conn, "SELECT setval('web_user_id_seq', (SELECT count(*) FROM users))");
        // expect: hard-coded-identity
        pg_query_params($conn, 'INSERT INTO users (id, name) VALUES (42, $1)', [$u['name']]);
        // expect: nothing
        throw new \RuntimeException("could not delete from users where id = {$u['id']}");
    }
}
