"""A workspace with the tiny base model. Its weights are random: what it says is sound, not speech."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.parity.published import write_published_folder
from xtts_studio.synthesis.process import forget_engine
from xtts_studio.workspace import Workspace

HARBOUR = Path(__file__).parent.parent / "data" / "harbour.flac"


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny models gain nothing by threads, and lose much where other processes want the cores too."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model folder as published, tiny sizes. Read only."""
    return write_published_folder(tmp_path_factory.mktemp("tiny"), "tiny")


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
