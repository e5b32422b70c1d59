"""Proof that nobody changed what happened: hashes of events, a tree over them, signed roots."""
