"""Calls as Python calls."""

from __future__ import annotations


class DirectCalls:
    """Nothing yet."""
