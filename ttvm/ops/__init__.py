"""The meanings of the instructions, one module per family."""
