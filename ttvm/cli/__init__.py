"""The ``ttvm`` command."""
