"""Places that keep stock and ship."""
