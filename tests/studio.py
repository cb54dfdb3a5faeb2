"""A real studio in a process of its own, and a signed-in client: what a test through the front door needs."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

USER, PASSWORD = "admin", "xtts2024"


@dataclass
class Studio:
    """A running server: its address, its workspace, its log, and a client that is signed in."""

    url: str
    home: Path
    log: Path
    process: subprocess.Popen[bytes]
    client: httpx.Client

    def post(self, path: str, expect: int = 200, **options: Any) -> dict[str, Any]:
        """POST, which must answer with `expect`; gives the body."""
        answer = self.client.post(path, **options)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text[:500]}"
        body: dict[str, Any] = answer.json()
        return body

    def get(self, path: str, expect: int = 200, **options: Any) -> dict[str, Any]:
        """GET, which must answer with `expect`; gives the body."""
        answer = self.client.get(path, **options)
        assert answer.status_code == expect, f"{path}: {answer.status_code} {answer.text[:500]}"
        body: dict[str, Any] = answer.json()
        return body

    def events(self, job_id: str, after: int = 0) -> Iterator[dict[str, Any]]:
        """The events of a job as a browser reads them, up to and with `done`."""
        headers = {"Last-Event-ID": str(after)} if after else {}
        with self.client.stream("GET", f"/api/jobs/{job_id}/events", headers=headers, timeout=600) as stream:
            assert stream.status_code == 200
            event: dict[str, Any] = {}
            for line in stream.iter_lines():
                field, _, value = line.partition(": ")
                if field in ("id", "event"):
                    event[field] = value
                elif field == "data":
                    event["data"] = json.loads(value)
                elif not line and "data" in event:
                    yield event
                    if event.get("event") == "done":
                        return
                    event = {}

    def finished(self, job: dict[str, Any], expect: str = "succeeded") -> dict[str, Any]:
        """Follows a job to its end, which must be the state `expect`; gives the job."""
        last = list(self.events(job["id"]))[-1]
        assert last["event"] == "done", last
        done: dict[str, Any] = last["data"]
        assert done["state"] == expect, done
        return done

    def stop(self) -> None:
        """Ends the server as Ctrl-C does."""
        self.client.close()
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def start(home: Path, port: int | None = None, **environment: str) -> Studio:
    """Starts `xtts-studio serve` on a free port of the loopback with `home` as its workspace, and signs in."""
    port = port or _free_port()
    home.mkdir(parents=True, exist_ok=True)
    log = home.parent / f"{home.name}.log"
    settings = {"XTTS_HOME": str(home), "XTTS_PORT": str(port), "XTTS_DEVICE": "cpu", "HF_HUB_OFFLINE": "1"}
    settings |= {"OMP_NUM_THREADS": "1"}  # tiny models: threads would wait for each other more than they work
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "xtts_studio", "serve"],
            env=_clean_environment() | settings | environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    url = f"http://127.0.0.1:{port}"
    client = httpx.Client(base_url=url, timeout=120)
    studio = Studio(url, home, log, process, client)
    _wait_until_up(studio)
    studio.post("/api/auth/login", json={"username": USER, "password": PASSWORD})
    return studio


@contextmanager
def running(home: Path, **environment: str) -> Iterator[Studio]:
    """`start`, ended afterwards."""
    studio = start(home, **environment)
    try:
        yield studio
    finally:
        studio.stop()


def _clean_environment() -> dict[str, str]:
    mine = ("AUTH_", "JWT_", "XTTS_")
    return {name: value for name, value in os.environ.items() if not name.startswith(mine)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_up(studio: Studio, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if studio.process.poll() is not None:
            break
        try:
            if studio.client.get("/healthz").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    studio.process.kill()
    raise AssertionError(f"the server did not start:\n{studio.log.read_text(errors='replace')[-3000:]}")
