"""Lines that wait for stock, in fair order."""
