"""XTTS Studio: from recordings of a voice to a model that speaks with it."""

__version__ = "0.1.0"
