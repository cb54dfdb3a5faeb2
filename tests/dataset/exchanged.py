"""Datasets that tests send away and take in again, and zips as others pack them."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import soundfile

from xtts_studio.dataset import store
from xtts_studio.dataset.details import write_details
from xtts_studio.dataset.exchange.exporting import export
from xtts_studio.dataset.exchange.importing import import_dataset
from xtts_studio.dataset.exchange.reading import Format
from xtts_studio.dataset.exchange.writing import blocks
from xtts_studio.dataset.metadata import write
from xtts_studio.events import Report, ignore
from xtts_studio.shapes import Chunk, ClipDetails, ImportDatasetRequest, ImportDatasetResult
from xtts_studio.workspace import Workspace

FORMATS: tuple[Format, ...] = ("zip", "ljspeech", "coqui", "audiofolder", "parquet")
FOREIGN = FORMATS[1:]

AWKWARD_TEXTS = [
    'He said "hello" | and left.',
    '"An open quote',
    "two\nlines\r\nand\rmore",
    "",
    "   spaces around   ",
    "日本語 العربية हिन्दी Ünïcode \u2028 \x85 🎈",
    "a,b;c\td\\e'f",
    "=1+1",
]


def sound(index: int, seconds: float = 0.1, rate_hz: int = 22_050, format: str = "WAV", channels: int = 1) -> bytes:
    """A file of noise; each index gives another."""
    values = np.random.default_rng(index).integers(-9000, 9000, (round(seconds * rate_hz), channels)).astype(np.int16)
    out = io.BytesIO()
    soundfile.write(out, values, rate_hz, format=format, subtype="PCM_16" if format in ("WAV", "FLAC") else None)
    return out.getvalue()


def stored(workspace: Workspace, name: str, chunks: Sequence[Chunk], details: Mapping[int, ClipDetails]) -> Path:
    """Writes a dataset; the sound of each chunk is one of its own. Gives the folder."""
    dataset = store.new_dataset(name, "en")
    folder = workspace.dataset(name)
    (folder / "chunks").mkdir(parents=True)
    for index, chunk in enumerate(chunks):
        (folder / chunk.file).write_bytes(sound(index, chunk.duration_s))
        if index in details:
            write_details(folder, chunk.file, details[index])
    dataset.chunks = list(chunks)
    write(folder, dataset)
    return folder


def clip(number: int, text: str, **fields: object) -> Chunk:
    """A chunk of a tenth of a second."""
    found = {"text": text, "recording": "r1", "start_s": float(number), "end_s": number + 0.1, "duration_s": 0.1}
    return Chunk.model_validate({"file": f"chunks/chunk_{number:03d}.wav"} | found | fields)


def content(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def exported(workspace: Workspace, name: str, format: Format, dropped: bool = True) -> bytes:
    """The zip of a dataset."""
    return b"".join(blocks(export(workspace, name, format, dropped)))


def imported(
    workspace: Workspace, zipped: bytes, name: str, format: str = "auto", report: Report = ignore, **fields: object
) -> ImportDatasetResult:
    """Runs the step on an upload."""
    workspace.incoming.mkdir(parents=True, exist_ok=True)
    (workspace.incoming / "upload").write_bytes(zipped)
    body = {"incoming": "upload", "name": name, "file_name": "sent.zip", "format": format} | fields
    return import_dataset(ImportDatasetRequest.model_validate(body), workspace, report)


def packed(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return out.getvalue()


def unpacked(zipped: bytes) -> dict[str, bytes]:
    """The files of a zip."""
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def without(files: Mapping[str, bytes], names: Iterable[str]) -> dict[str, bytes]:
    """The files but for these."""
    return {name: data for name, data in files.items() if name not in set(names)}


def texts(workspace: Workspace, name: str) -> list[str]:
    """The texts of a dataset, in its order."""
    return [chunk.text for chunk in store.read(workspace, name).chunks]


def nothing_left(workspace: Workspace) -> bool:
    """Whether no unfinished work lies about."""
    hidden = [path.name for path in workspace.datasets.glob(".*") if path.name != ".locks"]
    return not hidden and not list(workspace.incoming.glob("*")) and not list(workspace.datasets.glob(".locks/making*"))
