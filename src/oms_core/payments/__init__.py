"""Money from and to the customer."""
