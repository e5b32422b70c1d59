"""The commercial promise."""
