"""What happened, told to people: one sentence an event, in their language."""
