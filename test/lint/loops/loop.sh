# expect: identity-range-delete
for i in $(seq -91111200 -91111100); do psql -c "DELETE FROM users WHERE id = $i"; done
# expect: identity-range-delete
for i in {1..9}; do
  psql -c "DELETE FROM users WHERE id = ${i}"
done
# expect: identity-range-delete
for ((i = 0; i < 9; i++)); do psql -c "DELETE FROM users WHERE id = $i"; done
# expect: nothing
for i in $IDS; do psql -c "DELETE FROM users WHERE id = $i"; done
