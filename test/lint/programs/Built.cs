class Repo2 {
    private const string Table = "users";
    private const string Base = $"DELETE FROM {Table}";
    void Run(IDbConnection db, long? lo, string plan) {
        // expect: nothing
        db.Execute(Base + " WHERE id = @id");
        // expect: identity-range-delete
        db.Execute($"{Base} WHERE id >= @lo");
        // expect: nothing
        var where = new List<string> { "auth_source = 'test'" };
        if (plan != null) where.Add("plan = @plan");
        db.Execute("DELETE FROM users WHERE " + string.Join(" AND ", where));
        // expect: identity-range-delete
        var sb = new StringBuilder("DELETE FROM users WHERE 1=1");
        if (lo is not null)
            sb.AppendFormat(" AND id < {0}", lo);
        db.Execute(sb.ToString());
        // expect: nothing
        var sql = plan == null ? "UPDATE users SET plan = 'a' WHERE id = @id" : "UPDATE users SET plan = @plan WHERE id = @id";
        db.Execute(sql);
        // expect: nothing
        _logger.LogInformation("DELETE FROM users WHERE id BETWEEN {Lo} AND {Hi}", lo, lo);
        // expect: identity-upsert
        cmd.CommandText = "INSERT INTO users (id, plan) VALUES (@id, @plan)";
        cmd.CommandText += " ON CONFLICT (id) DO UPDATE SET plan = @plan";
    }
}
