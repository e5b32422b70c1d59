"""API keys: what a machine may do, from when until when, under a secret that is not kept."""
