"""Facts that are not so: what was recorded stays, and what puts it right refers to it."""
