"""Duties on goods that cross a border of customs."""
