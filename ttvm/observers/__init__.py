"""Listeners that write down what happens in a run."""
