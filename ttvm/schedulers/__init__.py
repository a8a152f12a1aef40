"""Policies: who runs next."""
