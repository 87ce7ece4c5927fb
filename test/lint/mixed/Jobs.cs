class C {
    const string T = "users";
    void M() {
        // expect: identity-range-delete
        var cmd = new NpgsqlCommand("DELETE FROM users WHERE id < @max", conn);
        // expect: always-true-predicate
        ctx.Database.ExecuteSqlRaw($"UPDATE users SET plan = 'free' WHERE 1 = 1");
        // expect: nothing
        ctx.Database.ExecuteSqlInterpolated($"DELETE FROM users WHERE id = {id}");
        conn.Execute(@"
            -- expect: identity-upsert
            INSERT INTO users (id, name)
            VALUES (@id, @name)
            ON CONFLICT (id) DO UPDATE SET name = @name", new { id, name });
        migrationBuilder.Sql("""
            -- expect: drop
            DROP TABLE users;
            """);
        // expect: delete-not-by-population
        conn.Execute("DELETE FROM " + T + " WHERE email LIKE @p", new { p });
        // expect: delete-not-by-population
        conn.Execute("DELETE FROM users WHERE id IN @ids", new { ids });
        // expect: nothing
        Console.WriteLine("delete from users where x");
        conn.Query("select * from users where id between 1 and 3");
    }
}
