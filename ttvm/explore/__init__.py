"""Exploring: every outcome that a program can have, and a schedule that leads to it."""
