"""Who may what: roles are sets of rights, and every field of the schema says which it needs."""
