def test_nothing_is_run(sql, caplog):
    # expect: nothing
    assert "DELETE FROM users WHERE id < 0" not in sql
    # expect: nothing
    assert sql == "TRUNCATE users"
    # expect: nothing
    self.assertIn("DELETE FROM users WHERE id < 0", caplog.text)
    # expect: nothing
    print("Delete from users where id < 0? no, by population")
    # expect: nothing
    parser.add_argument("--purge", help="delete from users where nobody looks")
    # expect: identity-range-delete
    cur.execute("DELETE FROM users WHERE id < 0")
