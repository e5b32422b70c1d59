"""How orders travel, what that costs, and what is promised about it."""
