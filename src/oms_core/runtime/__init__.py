"""All I/O of the write side."""
