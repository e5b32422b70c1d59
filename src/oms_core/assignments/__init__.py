"""Which location an order was sent to, and why."""
