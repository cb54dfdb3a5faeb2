"""The auditions of a run on disk. Light: routes read them while training writes them.

data/runs/<id>/auditions/reference.wav          a clip of the dataset that training never saw
                         step-00000200/         audition.json, line-01.wav … (24 kHz, PCM 16-bit)

A folder appears with all that is in it, or not at all.
"""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from xtts_studio.audio.encode import write_wav
from xtts_studio.errors import DiskFull, NotFound, StudioError
from xtts_studio.shapes import Audition
from xtts_studio.workspace import read_json, replace_folder, write_json, written_whole

SAMPLE_RATE_HZ = 24_000
REFERENCE = "reference.wav"
_CONTENT = "audition.json"
_SCORES = ("score", "similarity", "cer", "pace", "silence")


def auditions_folder(run_folder: Path) -> Path:
    return run_folder / "auditions"


def line_file(line: int) -> str:
    """The file of a line; lines count from 1."""
    return f"line-{line:02}.wav"


def read_auditions(run_folder: Path) -> list[Audition]:
    """The auditions of a run, in the order of their steps; damaged ones are left out."""
    folders = sorted(auditions_folder(run_folder).glob("step-*"))
    return [found for folder in folders if (found := _read(folder)) is not None]


def line_path(run_folder: Path, step: int, line: int) -> Path:
    """The sound of a line, counted from 1. Raises `NotFound`."""
    folder = _folder(auditions_folder(run_folder), step)
    audition = _read(folder)
    if audition is None or not 1 <= line <= len(audition.lines):
        raise NotFound(f"There is no line {line} of an audition at step {step}.")
    return _there(folder / Path(audition.lines[line - 1].file).name)


def reference_path(run_folder: Path) -> Path:
    """A clip of the real voice. Raises `NotFound` before the first audition."""
    return _there(auditions_folder(run_folder) / REFERENCE)


def write_reference(auditions: Path, samples: NDArray[np.float32], sample_rate_hz: int) -> None:
    """Keeps mono samples (n,) to compare with, unless there are some. Raises `DiskFull`, `StudioError`."""
    path = auditions / REFERENCE
    if path.exists():
        return
    try:
        with written_whole(path) as temporary:
            write_wav(temporary, samples, sample_rate_hz)
    except OSError as error:
        raise _unwritten(error) from error


def write_audition(auditions: Path, audition: Audition, sounds: Sequence[NDArray[np.float32]]) -> None:
    """Writes an audition and the sound (n,) of each of its lines, in place of an earlier one of the same step.

    Raises `DiskFull`, or `StudioError` for other troubles with the disk, leaving nothing half written.
    """
    folder = _folder(auditions, audition.step)
    partial = folder.with_name(f".{folder.name}")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        partial.mkdir(parents=True)
        for line, samples in zip(audition.lines, sounds, strict=True):
            write_wav(partial / line.file, samples, SAMPLE_RATE_HZ)
        write_json(partial / _CONTENT, audition.model_dump())
        replace_folder(partial, folder)
    except OSError as error:
        raise _unwritten(error) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def scores_of(audition: Audition) -> dict[str, float | None]:
    """The scores of an audition by their names; None for what could not be measured."""
    return {name: getattr(audition, name) for name in _SCORES}


def _folder(auditions: Path, step: int) -> Path:
    return auditions / f"step-{step:08}"


def _read(folder: Path) -> Audition | None:
    try:
        return Audition.model_validate(read_json(folder / _CONTENT))
    except (OSError, ValueError, ValidationError):
        return None


def _there(path: Path) -> Path:
    if not path.is_file():
        raise NotFound("This sound is not there.", hint="It was deleted, or training has not come so far.")
    return path


def _unwritten(error: OSError) -> StudioError:
    return DiskFull.of(error) or StudioError(
        f"The audition can't be written: {error}.", hint="See to the disk and its permissions, then go on with the run."
    )
