"""What must happen when nothing happens."""
