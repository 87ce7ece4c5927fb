class CleanUsers < ActiveRecord::Migration[7.0]
  LOW = -91111200
  def up
    execute <<~SQL
      -- expect: identity-range-delete
      DELETE FROM users
      WHERE id BETWEEN #{LOW} AND -91111100
    SQL
    # expect: population-rewritten
    execute "UPDATE users SET auth_source = 'test' WHERE id = #{id}"
    # expect: sequence-follows-data
    execute("SELECT setval('web_user_id_seq', #{User.maximum(:id)})")
    # expect: truncate, cascade
    ActiveRecord::Base.connection.execute(%q{TRUNCATE users CASCADE})
    # expect: identity-range-delete
    execute 'DELETE FROM users ' \
            'WHERE id > 5'
    User.where("id > ?", 5).count
    # expect: nothing
    execute "DELETE FROM users WHERE auth_source = 'test'"
    # expect: nothing
    puts "DELETE FROM users WHERE id = 5 is dangerous"
    # expect: delete-not-by-population
    exec_query("DELETE FROM users WHERE id IN (#{ids.join(',')})")
  end
end
