"""The widgets, one per file. Each draws a part of a ``SystemView`` and knows nothing of the session."""
