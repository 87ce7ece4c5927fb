class Repo {
  async Task Run(long lo, long hi) {
    // expect: identity-range-delete
    await connection.ExecuteAsync("DELETE FROM users WHERE id BETWEEN @lo AND @hi", new { lo, hi });
    // expect: identity-range-delete
    await context.Database.ExecuteSqlInterpolatedAsync($"UPDATE users SET plan = 'free' WHERE id > {lo}");
    // expect: sequence-follows-data
    await connection.ExecuteAsync($"ALTER SEQUENCE web_user_id_seq RESTART WITH {maxId + 1}");
    // expect: hard-coded-identity
    await connection.ExecuteAsync(@"INSERT INTO users (id, plan)
                                    VALUES (-91111102, 'pro')");
    // expect: delete-not-by-population
    migrationBuilder.Sql("DELETE FROM users " + "WHERE plan = 'trial'");
    // expect: always-true-predicate
    migrationBuilder.Sql("""UPDATE users SET plan = 'free' WHERE true""");
    // expect: nothing
    await connection.ExecuteAsync("DELETE FROM users WHERE auth_source = @source", new { source = "test" });
    // expect: nothing
    await connection.QueryAsync<User>("SELECT * FROM users WHERE id > @lo", new { lo });
    // expect: nothing
    Console.WriteLine($"Delete from users: {hi}");
  }
}
