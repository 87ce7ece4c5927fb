using System.Text;

class Assembled
{
    public void Run(IDbConnection db, long lo, long hi, string? only)
    {
        // expect: nothing
        var q = "DELETE FROM users";
        q += " WHERE auth_source = 'test'";
        db.Execute(q);

        // expect: identity-range-delete
        string r = @"DELETE FROM users";
        r += $" WHERE id BETWEEN {lo} AND {hi}";
        db.Execute(r);

        // expect: nothing
        var sb = new StringBuilder();
        sb.Append("DELETE FROM users");
        sb.Append(" WHERE auth_source = 'test'");
        db.Execute(sb.ToString());

        // expect: identity-range-delete
        var sb2 = new StringBuilder("DELETE FROM users ");
        sb2.AppendLine("WHERE id < @lo");
        db.Execute(sb2.ToString(), new { lo });

        // expect: nothing
        db.Execute(string.Join(" ", "DELETE FROM users", "WHERE auth_source = 'test'"));

        // expect: nothing
        var u = "UPDATE users SET plan = 'free'";
        if (only != null)
            u += " WHERE plan = @only";
        db.Execute(u, new { only });

        // expect: identity-range-delete
        db.Execute("""
            UPDATE users SET plan = 'free'
            WHERE id >= @lo
            """, new { lo });

        // expect: hard-coded-identity
        db.Execute("INSERT INTO users (id, plan) VALUES (" + 42 + ", 'pro')");

        // expect: nothing
        throw new InvalidOperationException($"update users set plan failed: {only}");
    }
}
