"""A store and a backend with fake steps, in a workspace of their own."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.jobs import fake_steps
from xtts_studio.jobs.database import open_database
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.store import JobStore
from xtts_studio.settings import Settings
from xtts_studio.workspace import Workspace

StartBackend = Callable[..., LocalBackend]


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    """An empty job store."""
    return JobStore(open_database(tmp_path / "studio.db"))


@pytest.fixture
def start_backend(tmp_path: Path, store: JobStore) -> Iterator[StartBackend]:
    """Starts backends over the store; they end with the test."""
    started: list[LocalBackend] = []

    def start(stop_grace_s: float = 10.0, **settings: object) -> LocalBackend:
        backend = LocalBackend(
            store,
            Workspace(tmp_path),
            Settings(XTTS_HOME=tmp_path, **settings),  # type: ignore[arg-type]
            steps=fake_steps.STEPS,
            follow_up=fake_steps.follow_up,
            cancel_grace_s=1.0,
            stop_grace_s=stop_grace_s,
            longer_grace_s={},
        )
        started.append(backend)
        backend.start()
        return backend

    yield start
    for backend in started:
        backend.stop()
