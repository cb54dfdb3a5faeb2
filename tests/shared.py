"""Test material that is not ours to ship: recordings, a vocabulary, a recogniser. Tests skip where it is absent."""

import os
from pathlib import Path

import pytest

ROOT = Path(os.environ.get("XTTS_SHARED", Path(__file__).resolve().parent.parent.parent / "shared"))


def shared(path: str = "") -> Path:
    """The path of shared test material; skips the test, saying why, where it is absent."""
    found = ROOT / path
    if not found.exists():
        pytest.skip(f"shared test material is absent: {path or ROOT.name} (set XTTS_SHARED to its folder)")
    return found
