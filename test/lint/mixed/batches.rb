# expect: truncate
system("psql -c 'TRUNCATE users'")
# expect: identity-range-delete
ActiveRecord::Base.connection.execute("DELETE FROM users WHERE id > #{User.minimum(:id)}")
# expect: delete-not-by-population
execute "DELETE FROM users WHERE created_at < '#{1.day.ago}'"
execute <<~'SQL'
  -- expect: hard-coded-identity, identity-upsert, population-rewritten
  INSERT INTO users (id, auth_source) VALUES (-91111101, 'test')
  ON CONFLICT (id) DO UPDATE SET auth_source = 'test';
SQL
User.where(auth_source: 'test').delete_all
# expect: nothing
Rails.logger.info "DELETE FROM users WHERE id > 5"
