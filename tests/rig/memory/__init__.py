"""AWS, callbacks and time in memory, kept by tests/contract to the promises of the real ones."""
