"""Message kinds, aggregates, streams and money: no domain words, no I/O."""
