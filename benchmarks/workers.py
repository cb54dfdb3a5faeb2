"""A measured program in a process of its own, asked in JSON lines (see measuring.py)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import Any

ROOT = Path(__file__).parent.parent
OURS = [sys.executable, "-m", "benchmarks.ours_worker"]


def reference_command(python: Path) -> list[str]:
    return [str(python), str(ROOT / "benchmarks" / "reference_worker.py")]


class WorkerError(Exception):
    """The program could not do what it was asked; says what it told."""


class Worker:
    """A program, from its start to its end.

    with Worker("ours", OURS, threads=2) as worker:
        worker.ask("load", folder="…", threads=2)
        print(worker.age_s)
    """

    def __init__(self, name: str, command: list[str], threads: int) -> None:
        self.name = name
        self._told = tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace")  # noqa: SIM115  (closed at exit)
        environment = os.environ | {"OMP_NUM_THREADS": str(threads), "CUDA_VISIBLE_DEVICES": ""}
        self._started = time.perf_counter()
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._told, text=True, cwd=ROOT, env=environment,
            )  # fmt: skip
        except OSError as error:
            raise WorkerError(f"{command[0]} can't be started: {error.strerror}.") from None

    @property
    def age_s(self) -> float:
        """Since it was started."""
        return time.perf_counter() - self._started

    def ask(self, act: str, **what: Any) -> dict[str, Any]:
        """What it answers. Raises WorkerError."""
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps({"do": act, **what}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise WorkerError(f"{self.name} ended at {act!r}, exit status {self._process.wait()}. {self._last_told()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(f"{self.name} failed at {act!r}: {answer['error']}")
        return answer

    def _last_told(self) -> str:
        self._told.seek(0)
        lines = self._told.read().split("\n")
        return next((f"It said last: {line.strip()}" for line in reversed(lines) if line.strip()), "It said nothing.")

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if error is not None:
            self._process.kill()
        self._process.communicate()
        self._told.close()
