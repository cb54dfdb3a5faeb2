"""The step `export_model`: a model as another program wants it, one zip, which is proved to load before it is there."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from filelock import FileLock

from xtts_studio.errors import DiskFull, StudioError
from xtts_studio.events import Artifact, Progress, Report
from xtts_studio.export.archive import Tell, pack, unpack
from xtts_studio.export.folder import bytes_needed, refuse_needless_voice, write_folder
from xtts_studio.export.layouts import LAYOUTS
from xtts_studio.export.proof import prove
from xtts_studio.export.reference import choose_reference
from xtts_studio.export.shelf import export_path
from xtts_studio.export.source import Source, open_source
from xtts_studio.models.licence import LICENCE_NAME, LICENCE_URL
from xtts_studio.models.room import require_room
from xtts_studio.shapes import ExportModelRequest, ExportModelResult
from xtts_studio.workspace import Workspace

_PARTIAL, _LOCK = ".partial", ".lock"
_JUST_MADE_S = 5.0
"""A folder is made before its lock is held."""
_LOADED, _WRITTEN, _PACKED, _UNPACKED, _PROVED = 0.05, 0.3, 0.45, 0.6, 0.99  # shares of the progress bar


def export_model(request: ExportModelRequest, workspace: Workspace, report: Report) -> ExportModelResult:
    """Writes data/exports/<model>-<layout>.zip, in place of an earlier one.

    Raises `NotFound`, `ModelMissing`, `CheckpointError`, `InvalidInput`, `DiskFull` before anything is written;
    `DiskFull`, `StudioError` (also where the test fails) and `Cancelled` later, leaving nothing but what was there.
    """
    layout = LAYOUTS[request.layout]
    refuse_needless_voice(layout, request.speaker)
    target = export_path(workspace, request.model, request.layout)
    report(Progress(0.0, "Loading the model"))
    source = open_source(workspace, request.model, request.strength)
    reference = choose_reference(workspace, source.card, request.speaker)
    require_room(2 * bytes_needed(source, layout, request.precision), target.parent)
    with _staging(target) as staging:
        report(Progress(_LOADED, "Writing the model"))
        written, archive = staging / "written", staging / target.name
        notices = write_folder(written, source, layout, request.precision, reference, _card(source, request))
        files = _pack(written, archive, request, report)
        _prove(archive, staging / "read", source, request, report)
        archive.replace(target)
    path = target.relative_to(workspace.home).as_posix()
    report(Artifact(path, "export"))
    report(Progress(1.0, f"{target.name} is ready"))
    size = target.stat().st_size
    return ExportModelResult(
        model=source.name, layout=request.layout, file=path, size_bytes=size, files=files, notices=notices
    )


def _pack(written: Path, archive: Path, request: ExportModelRequest, report: Report) -> list[str]:
    """Makes a zip of the folder, which goes then: the disk needn't hold three of them."""
    about = {"strength": request.strength, "precision": request.precision}
    files = pack(written, archive, about, _telling(report, _WRITTEN, _PACKED, "Packing"))
    shutil.rmtree(written)
    return files


def _prove(archive: Path, folder: Path, source: Source, request: ExportModelRequest, report: Report) -> None:
    unpack(archive, folder, _telling(report, _PACKED, _UNPACKED, "Reading back"))
    model = folder / LAYOUTS[request.layout].path("", source.name)
    testing = _telling(report, _UNPACKED, _PROVED, "Testing that it loads and speaks")
    prove(model, source.network, request.precision, testing)


def _card(source: Source, request: ExportModelRequest) -> dict[str, Any]:
    """The model's own card, and how it was exported."""
    settings = request.model_dump(include={"layout", "strength", "precision"}) | {"merged": source.is_merged}
    licence = {"name": LICENCE_NAME, "url": LICENCE_URL, "of": "the weights of the base model and of this one"}
    return {"licence": licence, **source.card, "export": settings}


def _telling(report: Report, start: float, stop: float, doing: str) -> Tell:
    return lambda share: report(Progress(start + (stop - start) * share, doing))


@contextmanager
def _staging(target: Path) -> Iterator[Path]:
    """A folder beside the target, gone afterwards whatever happens. Explains what the disk refuses."""
    target.parent.mkdir(parents=True, exist_ok=True)
    _clear_left(target.parent)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.stem[:40]}.", suffix=_PARTIAL, dir=target.parent))
    try:
        with FileLock(folder / _LOCK, timeout=0):
            yield folder
    except OSError as error:
        raise DiskFull.of(error) or StudioError(
            f"The export can't be written: {error}.", hint="See to the disk and its permissions, then export again."
        ) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _clear_left(folder: Path) -> None:
    """Removes what processes that were killed have left: gigabytes. Those that live hold a lock."""
    for left in folder.glob(f".*{_PARTIAL}"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _JUST_MADE_S:
                with FileLock(left / _LOCK, timeout=0):
                    pass
                shutil.rmtree(left, ignore_errors=True)
