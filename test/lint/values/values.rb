TEST_ID = -91111101

# expect: hard-coded-identity
conn.exec("INSERT INTO users (id, auth_source) VALUES (#{TEST_ID}, 'test')")
# expect: nothing
conn.exec("INSERT INTO users (id, auth_source) VALUES (#{draw}, 'test')")
# expect: truncate
%w[orders users].each { |t| conn.exec("TRUNCATE #{t}") }
# expect: truncate
['orders', 'users'].each do |t|
  conn.exec("TRUNCATE #{t}")
end
# expect: nothing
%w[orders invoices].each { |t| conn.exec("TRUNCATE #{t}") }
# expect: identity-range-delete
conn.exec("DELETE FROM users WHERE id = ANY(ARRAY[#{(-91111200..-91111100).to_a.join(',')}])")
# expect: identity-range-delete
conn.exec(format("DELETE FROM %{t} WHERE id < 0", t: "users"))
# expect: missing-predicate
conn.exec("DELETE FROM #{conn.quote_table_name('users')}")
