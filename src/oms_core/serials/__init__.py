"""Serial numbers: which single unit is where, and what became of it."""
