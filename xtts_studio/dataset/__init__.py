"""Datasets on disk: metadata.json and chunks, what training can use of them, and how they are split. No torch."""
