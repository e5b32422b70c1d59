"""Where orders come from, and how prices are read there."""
