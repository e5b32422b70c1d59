"""How an order goes from basket to doorstep."""
