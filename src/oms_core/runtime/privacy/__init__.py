"""What is known about persons: under keys of their own, so that it can be forgotten."""
