"""The server as a process: killed, stopped, started where it must not."""

import os
import subprocess
import sys
import time
from pathlib import Path

from tests.jobs.waiting import is_alive, until
from tests.server.conftest import files, wav
from tests.studio import running, start


def refused(home: Path, **environment: str) -> str:
    """What `serve` says when it doesn't start."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("AUTH_", "JWT_", "XTTS_"))}
    done = subprocess.run(
        [sys.executable, "-m", "xtts_studio", "serve"],
        env=clean | {"XTTS_HOME": str(home), "XTTS_PORT": "0"} | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    said = done.stdout + done.stderr
    assert "Traceback" not in said
    return " ".join(said.split())


def test_no_worker_outlives_a_server_that_was_killed(tmp_path: Path) -> None:
    studio = start(tmp_path / "workspace")
    try:
        studio.post("/api/data/upload", 201, files=files(("a.wav", wav())))
        [worker] = studio.get("/api/system")["workers"]
        studio.process.kill()
        studio.process.wait(10)
        until(lambda: not is_alive(worker["pid"]), within_s=10)
    finally:
        studio.stop()
    with running(tmp_path / "workspace") as again:
        assert again.get("/api/data/recordings")["total"] == 1


def test_a_server_that_is_stopped_ends_soon_even_with_an_open_stream(tmp_path: Path) -> None:
    studio = start(tmp_path / "workspace")
    with studio.client.stream("GET", "/api/events", timeout=30) as stream:
        next(stream.iter_lines())
        began = time.monotonic()
        studio.process.terminate()
        studio.process.wait(20)
    assert time.monotonic() - began < 10
    assert "Traceback" not in studio.log.read_text()


def test_beyond_loopback_it_wants_a_password_first(tmp_path: Path) -> None:
    said = refused(tmp_path, XTTS_HOST="0.0.0.0")
    assert "password everybody knows" in said
    assert "AUTH_PASSWORD" in said


def test_a_workspace_or_a_port_in_use_is_told(tmp_path: Path) -> None:
    with running(tmp_path / "workspace") as studio:
        assert "Another server is using the workspace" in refused(tmp_path / "workspace")
        port = studio.url.rpartition(":")[2]
        assert f"port {port}" in refused(tmp_path / "other", XTTS_PORT=port)
