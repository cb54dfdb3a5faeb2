"""The workspace on disk: where everything lies, which names are allowed, and how files appear whole.

data/recordings/<id>/   the file as uploaded, recording.json, peaks
data/datasets/<name>/   metadata.json, chunks/chunk_001.wav …
data/runs/<id>/         training state
data/models/<name>/     model.safetensors, config.json, vocab.json, card.json
data/exports/           models as zips for other programs
data/history/           speech that was made
cache/                  base XTTS v2, Whisper models
speakers/<name>/        reference clips and what models make of them
studio.db               jobs, events, history
"""

import json
import os
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xtts_studio.errors import InvalidInput

_NAME = re.compile(r"[^\W_][\w .\-]{0,62}", re.UNICODE)
_ID = re.compile(r"[A-Za-z0-9_\-]{1,64}")
_WINDOWS_DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}


def check_name(name: str, what: str = "name") -> str:
    """A name a person chose for a dataset, model or voice, as it may be used for a folder (NFC).

    Raises `InvalidInput` for anything that could leave its folder or that some file system refuses.
    """
    name = unicodedata.normalize("NFC", name.strip())
    if not _NAME.fullmatch(name) or name.endswith(".") or name.split(".")[0].lower() in _WINDOWS_DEVICES:
        raise InvalidInput(
            f"{name[:80]!r} can't be used as a {what}.",
            hint="Use 1 to 63 letters, digits, spaces, dots, hyphens or underscores, beginning with a letter or digit.",
        )
    return name


def check_id(value: str, what: str = "id") -> str:
    """An id that we made ourselves: letters, digits, hyphen, underscore. Raises `InvalidInput` otherwise."""
    if not _ID.fullmatch(value):
        raise InvalidInput(f"{value[:80]!r} is not a valid {what}.")
    return value


@dataclass(frozen=True)
class Workspace:
    """Paths below `home`. Nothing is created until somebody writes."""

    home: Path

    @property
    def recordings(self) -> Path:
        return self.home / "data" / "recordings"

    @property
    def datasets(self) -> Path:
        return self.home / "data" / "datasets"

    @property
    def runs(self) -> Path:
        return self.home / "data" / "runs"

    @property
    def models(self) -> Path:
        return self.home / "data" / "models"

    @property
    def history(self) -> Path:
        return self.home / "data" / "history"

    @property
    def cache(self) -> Path:
        return self.home / "cache"

    @property
    def speakers(self) -> Path:
        return self.home / "speakers"

    @property
    def database(self) -> Path:
        return self.home / "studio.db"

    @property
    def incoming(self) -> Path:
        """Uploads on their way in; on the same file system as `recordings`, so that a rename moves them."""
        return self.home / "data" / "incoming"

    def recording(self, recording_id: str) -> Path:
        return self.recordings / check_id(recording_id, "recording id")

    def dataset(self, name: str) -> Path:
        return self.datasets / check_name(name, "dataset name")

    def run(self, run_id: str) -> Path:
        return self.runs / check_id(run_id, "run id")

    def model(self, name: str) -> Path:
        return self.models / check_name(name, "model name")

    def speaker(self, name: str) -> Path:
        return self.speakers / check_name(name, "voice name")


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a temporary path beside `path`; what was written there takes its place at the end, or nothing does.

    Raises `InvalidInput` for a folder or a device: a file would take the place of /dev/null itself.
    """
    if path.exists() and not path.is_file():
        raise InvalidInput(f"{str(path)!r} is no file that could be replaced.", hint="Name a file to write.")
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".tmp", dir=path.parent)
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Writes JSON (UTF-8, indented) so that a reader sees the old file or the new one, never half."""
    with written_whole(path) as temporary:
        temporary.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def replace_folder(staging: Path, target: Path) -> None:
    """Puts the folder `staging` at `target`. What is there goes when the new one is in, and stays where that fails.

    A process that dies in between leaves the old one beside it, as `.<name>.old`.
    """
    old = target.with_name(f".{target.name}.old")
    if target.exists():
        _remove(old)
        target.rename(old)
    try:
        staging.rename(target)
    except OSError:
        if old.exists():
            old.rename(target)
        raise
    _remove(old)


def _remove(folder: Path) -> None:
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def read_json(path: Path) -> Any:
    """Reads JSON written by `write_json`."""
    return json.loads(path.read_text(encoding="utf-8"))
