"""Hot code as Python functions: regions of a module, translated from the rows of the instruction table."""
