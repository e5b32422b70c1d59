"""What is said about an order: notes, messages, attachments."""
