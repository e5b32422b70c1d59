"""What a location is to send on a day."""
