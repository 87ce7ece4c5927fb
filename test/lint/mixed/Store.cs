class D {
    void M(long lo) {
        -- expect: identity-range-delete
        db.Execute($@"DELETE FROM users
            WHERE id < {lo}");
        db.Execute($"""
            -- expect: identity-range-delete
            DELETE FROM users
            WHERE id > {lo}
            """);
        // expect: missing-predicate
        db.Execute("UPDATE \"users\" SET \"plan\" = @p", new { p });
        var sb = new StringBuilder(); 
        // expect: identity-range-delete
        sb.AppendLine("DELETE FROM users");
        sb.AppendLine("WHERE id BETWEEN @a AND @b");
        db.Execute(sb.ToString());
        // expect: truncate
        db.Execute(string.Format("TRUNCATE TABLE {0}", "users"));
        // expect: delete-not-by-population
        db.Execute("DELETE FROM users WHERE id IN (" + string.Join(",", ids) + ")");
        // expect: hard-coded-identity
        migrationBuilder.Sql("INSERT INTO users (id, auth_source) VALUES (-91111101, 'test');");
        // expect: nothing
        db.Execute("DELETE FROM users WHERE auth_source = @s AND id > @x", new { s = "test", x });
        // expect: nothing
        Log.Error("DELETE FROM users failed for {Id}", id);
    }
}
