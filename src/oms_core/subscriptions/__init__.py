"""Customers who want to hear when something is in stock again."""
