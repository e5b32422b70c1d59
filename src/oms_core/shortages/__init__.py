"""Which products anybody waits for, so that all of them are looked after when rules change."""
