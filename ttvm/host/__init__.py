"""The outside world: the real one, and one that is all in memory."""
