// expect: missing-predicate, unparseable
}}}}{{{{ ((( query("DELETE FROM users" ]]] 
'DELETE FROM users WHERE id < 5
