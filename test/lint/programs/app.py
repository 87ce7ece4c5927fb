def clean(cur, account):
    # expect: sequence-follows-data
    cur.execute("SELECT setval('web_user_id_seq', "
                "GREATEST(-MIN(id), currval('web_user_id_seq'))) FROM users")
    # expect: identity-range-delete
    cur.execute("DELETE FROM users WHERE id BETWEEN %s AND %s", (1, 2))
    # expect: nothing
    cur.execute("DELETE FROM users WHERE id = %s", (account,))
    # expect: nothing
    print("Delete from the list of users what you like")
