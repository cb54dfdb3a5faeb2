"""The command line: one verb per step. `main` is the entry point."""

from xtts_studio.cli.app import main

__all__ = ["main"]
