class E {
  // expect: identity-range-delete
  const string Purge = "DELETE FROM users " +
    "WHERE id < @lo";
  async Task M() {
    // expect: always-true-predicate
    await conn.ExecuteAsync("UPDATE users SET plan = @p WHERE TRUE", new { p });
    // expect: identity-range-delete
    await ctx.Database.ExecuteSqlAsync($"DELETE FROM users WHERE id >= {lo} AND id <= {hi}");
    // expect: truncate
    using var cmd = new NpgsqlCommand { CommandText = "TRUNCATE users" };
    // expect: drop
    foreach (var t in new[] { "users", "plans" }) await conn.ExecuteAsync($"DROP TABLE {t}");
    // expect: drop
    migrationBuilder.Sql(@"ALTER TABLE ""users"" DROP COLUMN ""auth_source""");
    // expect: nothing
    logger.LogWarning("update users set plan for {Id}", id);
    // expect: nothing
    await conn.ExecuteAsync("DELETE FROM users WHERE id = @id", new { id });
  }
}
