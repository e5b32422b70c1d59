"""Gift cards: money paid in advance, kept under a code that only its owner knows."""
