class Tidy < ActiveRecord::Migration[7.0]
  def up
    # expect: identity-range-delete
    execute <<~SQL
      DELETE FROM users
      WHERE id >= #{FIRST} AND id <= #{LAST}
    SQL
    # expect: sequence-follows-data
    execute "SELECT setval('web_user_id_seq', (SELECT MAX(id) FROM users))"
    # expect: sequence-follows-data
    connection.execute("ALTER SEQUENCE web_user_id_seq RESTART WITH #{User.maximum(:id) + 1}")
    # expect: nothing
    execute("UPDATE users SET auth_source = 'telegram' WHERE auth_source IS NULL")
    # expect: drop
    execute 'DROP TABLE users'
    # expect: missing-predicate
    execute %q(UPDATE users SET plan = 'free')
    # expect: nothing
    execute %(DELETE FROM users WHERE auth_source = 'test')
    # expect: nothing
    User.connection.exec_delete("DELETE FROM users WHERE id = $1", "x", [id])
    # expect: nothing
    say "Delete from users what nobody needs"
  end
end
