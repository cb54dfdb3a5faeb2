"""Taking a model over from a folder: an XTTS model as published or as we save them, or a Whisper model."""

import json
import shutil
from pathlib import Path

from xtts_studio.errors import CheckpointError, Conflict, DiskFull, InvalidInput
from xtts_studio.events import Artifact, Progress, Report
from xtts_studio.models.catalogue import BASE, WHISPER_NEEDS, XTTS_NEEDS, missing
from xtts_studio.models.fetch import checksum
from xtts_studio.models.licence import require_licence
from xtts_studio.models.room import require_room
from xtts_studio.models.shelf import base_folder, folder_size, whisper_folder
from xtts_studio.shapes import PullResult
from xtts_studio.workspace import Workspace, replace_folder

_XTTS_FILES = (
    "config.json",
    "vocab.json",
    "model.safetensors",
    "model.pth",
    "dvae.safetensors",
    "dvae.pth",
    "mel_stats.pth",
    "speakers_xtts.pth",
    "card.json",
    "LICENSE.txt",
)
_WHISPER_FILES = (
    "config.json",
    "model.bin",
    "tokenizer.json",
    "vocabulary.json",
    "vocabulary.txt",
    "preprocessor_config.json",
)
_BLOCK_BYTES = 8 << 20


def take_over(source: Path, name: str, workspace: Workspace, report: Report, *, accept_licence: bool) -> PullResult:
    """Copies the model in `source` into the workspace; the folder appears whole or not at all.

    An XTTS model named xtts-v2 becomes the base model, under another name one of the models in data/models; what is
    Whisper's goes to the Whisper models. Raises `InvalidInput`, `CheckpointError`, `Conflict`, `LicenceNotAccepted`,
    `DiskFull`.
    """
    names, target = _recognise(source, name, workspace)
    if target.exists() and target.samefile(source):
        raise InvalidInput(f"{source} is where the model {name!r} lies already.")
    if _is_official(source):
        require_licence(workspace, accept=accept_licence)
    files = [source / file for file in names if (source / file).is_file()]
    require_room(sum(file.stat().st_size for file in files), target)
    _copy_whole(files, target, report)
    report(Progress(1.0, f"{name} is here"))
    report(Artifact(str(target.relative_to(workspace.home)), "model"))
    return PullResult(name=name, path=str(target), size_bytes=folder_size(target))


def _recognise(source: Path, name: str, workspace: Workspace) -> tuple[tuple[str, ...], Path]:
    """Which files the model has, and where it belongs."""
    if not source.is_dir():
        raise InvalidInput(f"There is no folder {str(source)!r}.", hint="Name the folder that holds the model's files.")
    there = {path.name for path in source.iterdir() if path.is_file()}
    if "model.bin" in there:
        _require(source, missing(there, WHISPER_NEEDS), "Whisper")
        if name == BASE.name:
            raise InvalidInput(f"{source} holds a Whisper model; {name} is the name of the XTTS base model.")
        return _WHISPER_FILES, whisper_folder(workspace, name)
    _require(source, missing(there, XTTS_NEEDS), "XTTS")
    _require_config(source / "config.json")
    if name == BASE.name:
        return _XTTS_FILES, base_folder(workspace)
    target = workspace.model(name)
    if target.exists():
        raise Conflict(f"There is already a model {name!r}.", hint="Choose another name, or remove that one first.")
    return _XTTS_FILES, target


def _require(source: Path, absent: list[str], kind: str) -> None:
    if absent:
        raise InvalidInput(
            f"{source} holds no whole {kind} model: {', '.join(absent)} missing.",
            hint="An XTTS model has config.json, vocab.json and model.pth (or model.safetensors); a Whisper model for "
            "faster-whisper has config.json, model.bin, tokenizer.json and vocabulary.json (or .txt).",
        )


def _require_config(file: Path) -> None:
    try:
        is_config = "model_args" in json.loads(file.read_text(encoding="utf-8"))
    except (ValueError, TypeError):
        is_config = False
    if not is_config:
        raise CheckpointError(f"{file} is not the configuration of an XTTS model: it has no model_args.")


def _is_official(source: Path) -> bool:
    """Are these the published weights? The sizes are compared first: two gigabytes are not hashed for nothing."""
    weights = source / "model.pth"
    official = next(file for file in BASE.files if file.name == weights.name)
    return weights.is_file() and weights.stat().st_size == official.size_bytes and checksum(weights) == official.sha256


def _copy_whole(files: list[Path], target: Path, report: Report) -> None:
    staging = target.with_name(f".{target.name}.partial")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir(parents=True)
        _copy(files, staging, report)
        replace_folder(staging, target)
    except OSError as error:
        raise DiskFull.of(error) or InvalidInput(f"The model could not be copied: {error}.") from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _copy(files: list[Path], staging: Path, report: Report) -> None:
    total, done = sum(file.stat().st_size for file in files) or 1, 0
    for file in files:
        with file.open("rb") as source, (staging / file.name).open("wb") as copy:
            while block := source.read(_BLOCK_BYTES):
                copy.write(block)
                done += len(block)
                report(Progress(min(done / total, 1.0), f"{file.name}, {done / 1e6:,.0f} of {total / 1e6:,.0f} MB"))
