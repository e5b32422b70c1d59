"""The read side: tables for questions, computed from events, exactly once."""
