"""The write side: a pure domain, and the runtime that executes its commands on an event store."""
