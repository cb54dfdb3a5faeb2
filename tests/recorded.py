"""Recordings in a workspace for tests: uploaded as the server does it, without the server."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.encode import write_wav
from xtts_studio.events import ignore
from xtts_studio.ingest import ingest
from xtts_studio.shapes import IngestRequest, Recording
from xtts_studio.workspace import Workspace

_HARBOUR = Path(__file__).parent / "data" / "harbour.json"
SENTENCES: list[dict[str, Any]] = json.loads(_HARBOUR.read_text("utf-8"))["segments"]
"""What is said in the sample recording: `start_s`, `end_s`, `text` of its ten sentences."""


def uploaded(workspace: Workspace, source: Path, name: str | None = None) -> Recording:
    """The recording that ingesting a copy of `source` gives."""
    workspace.incoming.mkdir(parents=True, exist_ok=True)
    incoming = workspace.incoming / "upload"
    shutil.copyfile(source, incoming)
    sha256 = hashlib.sha256(incoming.read_bytes()).hexdigest()
    return ingest(IngestRequest(incoming="upload", name=name or source.name, sha256=sha256), workspace, ignore)


def tone(path: Path, seconds: float, rate_hz: int = 22_050, level: float = 0.3) -> NDArray[np.float32]:
    """Writes a 220 Hz tone as WAV and gives its samples."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    samples = (level * np.sin(2 * np.pi * 220 * time_s)).astype(np.float32)
    write_wav(path, samples, rate_hz)
    return samples


def memory_of(program: str, path: Path) -> tuple[str, float]:
    """Runs `program` (`path` is defined) in a process of its own: what it prints, and by how many MB it grew."""
    whole = (
        "import resource, sys; from pathlib import Path\n"
        "from xtts_studio.audio.decode import decode_file; from xtts_studio.audio.survey import probe\n"
        "def used(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024\n"
        f"path = Path(sys.argv[1]); before = used()\n{program}\nprint(used() - before)\n"
    )
    root = Path(__file__).resolve().parent.parent
    command = [sys.executable, "-c", whole, str(path)]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
    told, _, grown_mb = answer.strip().rpartition("\n")
    return told, float(grown_mb)
