"""The plain state of one process."""
