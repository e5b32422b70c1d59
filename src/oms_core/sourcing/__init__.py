"""Which location serves which line: pure functions."""
