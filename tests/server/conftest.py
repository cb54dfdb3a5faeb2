"""A real server on a real socket, with stand-ins for the heavy steps, and clients that are signed in or not."""

import dataclasses
import io
import threading
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import uvicorn
from fastapi import FastAPI

from tests.jobs.waiting import until
from xtts_studio.jobs.local import LocalBackend
from xtts_studio.jobs.store import JobStore
from xtts_studio.server.app import MakeBackend, create_app
from xtts_studio.server.serve import Server
from xtts_studio.server.studio import Studio
from xtts_studio.settings import Settings
from xtts_studio.steps import STEPS
from xtts_studio.workspace import Workspace

FAKED = ("chunk", "transcribe", "train", "probe", "clone", "speak", "pull", "publish")
CREDENTIALS = {"username": "admin", "password": "xtts2024"}
UPLOAD_LIMIT_BYTES = 200_000


@dataclass
class Running:
    """A server that runs: its address, its parts, and clients for it."""

    url: str
    app: FastAPI

    @property
    def studio(self) -> Studio:
        """The parts of the server."""
        studio: Studio = self.app.state.studio
        return studio

    def stranger(self) -> httpx.Client:
        """A client that is not signed in."""
        return httpx.Client(base_url=self.url, timeout=60)

    def user(self) -> httpx.Client:
        """A client that is signed in."""
        client = self.stranger()
        client.cookies.set("xtts_studio_session", self.studio.logins.token())
        return client

    def finish(self, answer: httpx.Response) -> dict[str, Any]:
        """The job that an answer speaks of, once it has ended."""
        assert answer.status_code == 202, answer.text
        job_id = answer.json()["job"]["id"]
        until(lambda: self.studio.store.get(job_id).finished)
        return self.studio.store.get(job_id).model_dump(mode="json")


def make_backend(store: JobStore, workspace: Workspace, settings: Settings) -> LocalBackend:
    """The local backend, with stand-ins for what needs models."""
    steps = {
        name: dataclasses.replace(row, function=f"tests.server.fake_functions:{name}") if name in FAKED else row
        for name, row in STEPS.items()
    }
    return LocalBackend(store, workspace, settings, steps=steps, cancel_grace_s=1.0)


@contextmanager
def serving(
    home: Path, dist: Path | None = None, make_backend: MakeBackend = make_backend, **settings: object
) -> Iterator[Running]:
    """Runs a server with this workspace on a free port."""
    chosen = Settings(XTTS_HOME=home, **{"XTTS_UPLOAD_LIMIT_BYTES": UPLOAD_LIMIT_BYTES, **settings})  # type: ignore[arg-type]
    app = create_app(chosen, make_backend=make_backend, dist=dist or home / "no-page")
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, timeout_graceful_shutdown=3)
    server = Server(config, app.state.studio)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Running(f"http://127.0.0.1:{port}", app)
    finally:
        server.should_exit = True
        thread.join(30)


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One server for many tests."""
    with serving(tmp_path_factory.mktemp("server") / "workspace") as running:
        yield running


@pytest.fixture
def client(server: Running) -> Iterator[httpx.Client]:
    """A client that is signed in."""
    with server.user() as client:
        yield client


@pytest.fixture
def stranger(server: Running) -> Iterator[httpx.Client]:
    """A client that is not."""
    with server.stranger() as client:
        yield client


def wav(seconds: float = 0.5, hz: float = 300.0, rate_hz: int = 8000) -> bytes:
    """A WAV file with a tone; each `hz` gives another file."""
    samples = np.sin(np.arange(int(seconds * rate_hz)) * hz * 2 * np.pi / rate_hz) * 20_000
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(rate_hz)
        out.writeframes(samples.astype("<i2").tobytes())
    return file.getvalue()


def files(*named: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    """The multipart field `files`."""
    return [("files", item) for item in named]


def upload(client: httpx.Client, hz: float = 300.0) -> str:
    """Uploads a tone; gives the recording's id."""
    answer = client.post("/api/data/upload", files=files((f"tone-{hz}.wav", wav(hz=hz))))
    assert answer.status_code == 201, answer.text
    recording_id: str = answer.json()["recordings"][0]["id"]
    return recording_id


def error(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The error of an answer, which must have the one shape."""
    assert answer.status_code == status, answer.text
    body = answer.json()
    assert set(body) == {"error"}
    told: dict[str, Any] = body["error"]
    assert set(told) == {"code", "message", "hint", "details"}
    assert told["code"] == code, told
    assert told["message"]
    assert "Traceback" not in answer.text
    return told
