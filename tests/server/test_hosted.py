"""A server whose disk goes with its container: only the volume's folder is there when it starts again."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from tests.jobs.waiting import until
from tests.server.conftest import serving
from xtts_studio.server.hosted import Backup
from xtts_studio.workspace import Workspace

HOSTED = """
import sys, uvicorn
from xtts_studio.server.hosted import hosted_app
from xtts_studio.settings import Settings
app = hosted_app(Settings(), commit=lambda: None, every_s=0.1)
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", timeout_graceful_shutdown=2)
"""


@contextmanager
def container(home: Path) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """A hosted server with this workspace, signed in to; its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("XTTS_", "AUTH_", "JWT_"))}
    environment |= {"XTTS_HOME": str(home), "JWT_SECRET": "s" * 40}
    process = subprocess.Popen([sys.executable, "-c", HOSTED, str(port)], env=environment)
    client = httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60)
    try:
        until(lambda: answers(client), within_s=60)
        assert client.post("/api/auth/login", json={"username": "admin", "password": "xtts2024"}).is_success
        yield process, client
    finally:
        client.close()
        process.kill()
        process.wait()


def answers(client: httpx.Client) -> bool:
    with suppress(httpx.TransportError):
        return client.get("/healthz").is_success
    return False


def read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def lose_the_disk(home: Path) -> None:
    """What is on no volume is gone."""
    for path in home.iterdir():
        if path.is_file():
            path.unlink()


def keys(client: httpx.Client) -> list[str]:
    return [key["name"] for key in client.get("/api/keys").json()["keys"]]


def test_a_container_that_is_killed_loses_the_last_seconds_alone(tmp_path: Path) -> None:
    home = tmp_path / "workspace"
    saved = home / "data" / "backup" / "studio.db"
    with container(home) as (process, client):
        until(saved.exists)
        assert client.post("/api/keys", json={"name": "kept"}).is_success
        assert client.put("/api/settings", json={"whisper_model": "small"}).is_success
        until(lambda: b"kept" in saved.read_bytes())
        until(lambda: "small" in read(saved.with_name("settings.json")))
        process.send_signal(signal.SIGKILL)
        process.wait()
    lose_the_disk(home)
    with container(home) as (process, client):
        assert keys(client) == ["kept"]
        assert client.get("/api/settings").json()["whisper_model"] == "small"
        assert client.post("/api/keys", json={"name": "at the end"}).is_success
        process.send_signal(signal.SIGTERM)
        process.wait(30)
    lose_the_disk(home)
    with container(home) as (_, client):
        assert sorted(keys(client)) == ["at the end", "kept"]


def test_a_damaged_copy_is_kept_aside(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    saved = tmp_path / "data" / "backup" / workspace.database.name
    saved.parent.mkdir(parents=True)
    saved.write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    Backup(workspace, lambda: None, 1.0).restore()
    assert not workspace.database.exists()
    assert [path.suffix for path in saved.parent.iterdir()] == [".damaged"]


def test_what_is_there_is_never_replaced(tmp_path: Path) -> None:
    """A container that is only started anew still has its own, newer database."""
    with serving(tmp_path / "w") as running:
        workspace = running.studio.workspace
        commits: list[None] = []
        backup = Backup(workspace, lambda: commits.append(None), 1.0)
        assert backup.save()
        assert not backup.save()
        with running.user() as client:
            client.post("/api/keys", json={"name": "newer"})
        backup.restore()
        with running.user() as client:
            assert keys(client) == ["newer"]
        assert backup.save()
        assert len(commits) == 2


@pytest.mark.parametrize("path", ["/api/events", "/api/jobs/{job}/events"])
def test_a_stream_ends_before_its_limit_and_goes_on_where_it_was(tmp_path: Path, path: str) -> None:
    with serving(tmp_path / "w", XTTS_STREAM_LIMIT_S=0.5) as running, running.user() as client:
        job = client.post("/api/models/pull", json={"name": "mine", "source": "/absent"}).json()["job"]["id"]
        until(lambda: running.studio.store.get(job).finished)
        url = path.format(job=job)
        first = client.get(url, headers={"Last-Event-ID": "0"}, timeout=20).text  # it ends by itself
        ids = [int(line[4:]) for line in first.splitlines() if line.startswith("id: ")]
        assert ids
        again = client.get(url, headers={"Last-Event-ID": str(ids[-1])}, timeout=20).text
        later = [int(line[4:]) for line in again.splitlines() if line.startswith("id: ")]
        assert all(number >= ids[-1] for number in later)
        assert ("event: again" in first) == (url == "/api/events")
