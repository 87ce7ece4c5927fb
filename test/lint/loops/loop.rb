# expect: identity-range-delete
(-91111200..-91111100).each do |i|
  conn.execute("DELETE FROM users WHERE id = #{i}")
end
# expect: identity-range-delete
1.upto(9) { |i| conn.exec_params("DELETE FROM users WHERE id = $1", [i]) }
# expect: nothing
ids.each do |i|
  conn.execute("DELETE FROM users WHERE id = #{i}")
end
