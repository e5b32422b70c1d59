"""What payment providers told already, by their own names for it."""
