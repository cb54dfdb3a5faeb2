"""Checkpoints heard: the same sentences at each, spoken, kept, scored. `files` and `sentences` need no torch."""
