class CleanUsers < ActiveRecord::Migration[7.0]
  def up
    # expect: identity-range-delete
    execute <<~SQL
      DELETE FROM users
      WHERE id BETWEEN -91111200 AND -91111100
    SQL
    # expect: nothing
    execute <<~SQL.squish
      DELETE FROM users WHERE auth_source = 'test'
    SQL
    # expect: cascade
    execute "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE"
    # expect: nothing
    execute "ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE RESTRICT"
  end

  def down
    # expect: drop
    execute %q{ALTER TABLE users DROP CONSTRAINT users_pkey}
    raise ActiveRecord::IrreversibleMigration, "delete from users cannot be undone"
  end
end

namespace :db do
  task reset: :environment do
    # expect: sequence-follows-data
    max = User.maximum(:id)
    ActiveRecord::Base.connection.execute("ALTER SEQUENCE web_user_id_seq RESTART WITH #{max + 1}")
    # expect: nothing
    ActiveRecord::Base.connection.execute("SELECT nextval('web_user_id_seq')")
    # expect: missing-predicate
    ActiveRecord::Base.connection.exec_query("UPDATE users SET plan = 'free', updated_at = NOW()")
    # expect: nothing
    User.where(auth_source: "test").delete_all
    # expect: delete-not-by-population
    ActiveRecord::Base.connection.delete(
      "DELETE FROM users USING sessions s " \
      "WHERE s.user_id = users.id AND s.expired"
    )
    # expect: nothing
    puts "Update users set in the config, then restart with care"
  end
end
