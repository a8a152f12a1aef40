"""``ttvm-debug --web``: the same screen in a browser, for whoever has no good terminal at hand."""
