"""The screen that edits a scheme: its fields as tables of definitions, the draft of a reader, what changed."""
