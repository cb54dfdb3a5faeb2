"""How soon a long upload is ready to show, and with how much memory; beside plain decoding on the same machine.

    python -m benchmarks.ingest --hours 3

Each file is sent in parts to a server of its own workspace. The time begins with the last part, and ends when the
recording is there and its outline was drawn once. The reference is FFmpeg (PyAV) decoding the file from end to end and
doing nothing with it, and libsndfile doing the same.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import av
import httpx
import numpy as np
import soundfile

from benchmarks.ingest_material import KINDS, Kind, write
from benchmarks.report import processor_name
from xtts_studio.sample import RECORDING

PART_BYTES = 8 * 1024**2
MOST_MEMORY_MB = 400
Figures = dict[str, float]


def main() -> None:
    """Measures each kind of file and prints a table; exit status 1 where a limit was missed."""
    chosen = _arguments()
    kinds = [kind for kind in KINDS if not chosen.only or kind.name.split()[0] in chosen.only]
    with tempfile.TemporaryDirectory() as folder:
        figures = {kind.name: _measured(kind, Path(folder), chosen) for kind in kinds}
    print(_table(figures, kinds, chosen.hours))
    if chosen.json is not None:
        told = {"hours": chosen.hours, "processor": processor_name(), "cores": os.cpu_count(), "figures": figures}
        chosen.json.write_text(json.dumps(told, indent=1), encoding="utf-8")
    sys.exit(any(_missed(figures[kind.name], kind, chosen.hours) for kind in kinds))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="How soon a long upload is ready to show.")
    parser.add_argument("--hours", type=float, default=3.0, help="length of each file (3)")
    parser.add_argument("--only", nargs="+", choices=["wav", "flac", "mp3"], help="some kinds of files only")
    parser.add_argument("--source", type=Path, default=RECORDING, help="the recording that is repeated")
    parser.add_argument("--json", type=Path, help="writes every figure to this file")
    return parser.parse_args()


def _measured(kind: Kind, folder: Path, chosen: argparse.Namespace) -> Figures:
    path = folder / f"{kind.name.replace(' ', '-')}.{kind.container}"
    print(f"{kind.name}: making {chosen.hours:g} hours …", file=sys.stderr)
    write(path, kind, chosen.source, chosen.hours)
    try:
        with _server(folder / f"home-{kind.name.replace(' ', '-')}") as client:
            figures = _uploaded(client, path)
        return figures | {"size_mb": path.stat().st_size / 1e6} | _decoded(path)
    finally:
        path.unlink()


def _uploaded(client: httpx.Client, path: Path) -> Figures:
    size = path.stat().st_size
    began = time.perf_counter()
    new = client.post("/api/data/uploads", json={"name": path.name, "size_bytes": size}).raise_for_status()
    at = f"/api/data/uploads/{new.json()['upload']['id']}"
    last = began
    with path.open("rb") as file:
        while part := file.read(PART_BYTES):
            last = time.perf_counter()
            client.patch(at, params={"offset": file.tell() - len(part)}, content=part).raise_for_status()
    recording = client.post(f"{at}/finish").raise_for_status().json()["recording"]
    client.get(f"/api/data/recordings/{recording['id']}/peaks", params={"buckets": 2000}).raise_for_status()
    ready = time.perf_counter()
    client.delete(f"/api/data/recordings/{recording['id']}").raise_for_status()
    return {"sent_s": last - began, "ready_s": ready - last} | _of_worker(client)


def _of_worker(client: httpx.Client) -> Figures:
    """Of the process that read the file: the most memory it ever had, and its time on the processor, start included."""
    workers = client.get("/api/system").raise_for_status().json()["workers"]
    pid = next(worker["pid"] for worker in workers if worker["role"] == "vad")
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    peak_mb = next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    times = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[11:13]
    return {"peak_mb": peak_mb, "processor_s": sum(map(int, times)) / os.sysconf("SC_CLK_TCK")}


def _decoded(path: Path) -> Figures:
    """Seconds that decoding alone takes, in one thread, by FFmpeg and by libsndfile."""
    start = time.perf_counter()
    with av.open(str(path)) as container:
        for _ in container.decode(audio=0):
            pass
    ffmpeg = time.perf_counter()
    with soundfile.SoundFile(str(path)) as file:
        block = np.empty((1 << 16, file.channels), dtype=np.int16)
        while len(file.read(out=block)):
            pass
    return {"ffmpeg_s": ffmpeg - start, "libsndfile_s": time.perf_counter() - ffmpeg}


@contextmanager
def _server(home: Path) -> Iterator[httpx.Client]:
    """A signed-in client of a server in a process of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("AUTH_", "JWT_", "XTTS_"))}
    environment |= {"XTTS_HOME": str(home), "XTTS_PORT": str(port), "XTTS_UPLOAD_LIMIT_BYTES": str(64 * 1024**3)}
    command = [sys.executable, "-m", "xtts_studio", "serve"]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=3600) as client:
            _log_in(client)
            yield client
    finally:
        process.terminate()
        process.wait(30)


def _log_in(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            credentials = {"username": "admin", "password": "xtts2024"}
            client.post("/api/auth/login", json=credentials).raise_for_status()
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("The server did not start.")


def _missed(figures: Figures, kind: Kind, hours: float) -> bool:
    return figures["ready_s"] > kind.limit_s * max(1.0, hours / 3) or figures["peak_mb"] > MOST_MEMORY_MB


def _table(figures: dict[str, Figures], kinds: list[Kind], hours: float) -> str:
    columns: dict[str, Any] = {
        "MB": "size_mb",
        "sending, s": "sent_s",
        "ready after, s": "ready_s",
        "processor, s": "processor_s",
        "FFmpeg alone, s": "ffmpeg_s",
        "libsndfile alone, s": "libsndfile_s",
        "peak memory, MB": "peak_mb",
    }
    load = os.getloadavg()[0]
    lines = [f"{processor_name()}, {os.cpu_count()} cores, load {load:.1f}; files of {hours:g} hours", ""]
    lines.append(f"{'':14}" + "".join(f"{name:>21}" for name in columns))
    for kind in kinds:
        cells = "".join(f"{figures[kind.name][key]:>21.2f}" for key in columns.values())
        lines.append(f"{kind.name:14}{cells}" + ("   over the limit" * _missed(figures[kind.name], kind, hours)))
    return "\n".join(lines)


if __name__ == "__main__":
    main()
