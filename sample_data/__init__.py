"""Presets of schemes, and the sample company: a seeded generator, what it made, and how it is read. See README.md."""
