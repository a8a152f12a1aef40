"""Runs written down: every choice of the scheduler and every answer of the world, so that a run can be repeated."""
