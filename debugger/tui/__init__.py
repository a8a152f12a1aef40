"""The Textual front end: draws the frozen views of a session and turns keys into its verbs."""
