using Dapper;
using Microsoft.EntityFrameworkCore;

public class UserStore
{
    public async Task Purge(NpgsqlConnection db, long from, long to)
    {
        // expect: identity-range-delete
        await db.ExecuteAsync("DELETE FROM users WHERE id BETWEEN @from AND @to", new { from, to });
        // expect: nothing
        await db.ExecuteAsync(@"DELETE FROM users
                                WHERE auth_source = 'test'
                                  AND created_at < @cutoff", new { cutoff });
        // expect: identity-range-delete
        await ctx.Database.ExecuteSqlInterpolatedAsync($"DELETE FROM users WHERE id < {from}");
        // expect: delete-not-by-population
        await ctx.Database.ExecuteSqlRawAsync("DELETE FROM users WHERE id = ANY({0})", ids);
        // expect: nothing
        await ctx.Users.Where(u => u.AuthSource == "test").ExecuteDeleteAsync();
    }

    protected override void Up(MigrationBuilder migrationBuilder)
    {
        // expect: sequence-follows-data
        migrationBuilder.Sql("""
            SELECT setval('web_user_id_seq', COALESCE((SELECT MAX(-id) FROM users), 1));
            """);
        // expect: population-rewritten
        migrationBuilder.Sql($$"""
            UPDATE users SET auth_source = '{{source}}' WHERE plan = 'legacy'
            """);
        // expect: identity-range-delete
        migrationBuilder.Sql($@"DELETE FROM ""users"" WHERE ""id"" > {limit}");
        // expect: nothing
        migrationBuilder.Sql(@"CREATE INDEX CONCURRENTLY ""ix_users_source"" ON ""users"" (""auth_source"")");
        // expect: drop
        migrationBuilder.Sql("DROP SEQUENCE web_user_id_seq");
        // expect: nothing
        _logger.LogWarning("Update users set by an administrator are ignored");
    }
}
