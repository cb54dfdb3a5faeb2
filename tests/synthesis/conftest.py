"""A workspace with the tiny base model. Its weights are random: what it says is sound, not speech."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tiny_models import one_thread as one_thread, tiny_folder as tiny_folder
from xtts_studio.synthesis.process import forget_engine
from xtts_studio.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path, tiny_folder: Path) -> Iterator[Workspace]:
    """An empty workspace with the base model, and an engine that has nothing loaded."""
    workspace = Workspace(tmp_path / "home")
    workspace.cache.mkdir(parents=True)
    workspace.incoming.mkdir(parents=True)
    (workspace.cache / "xtts-v2").symlink_to(tiny_folder)
    forget_engine()
    yield workspace
    forget_engine()
