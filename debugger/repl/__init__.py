"""``ttvm-repl``: type instructions and watch what they do. ``evaluator`` is the core, everything else a thin layer."""
