"""The physical work at one location."""
