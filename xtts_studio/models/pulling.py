"""The step that brings a model into the workspace: from the Hugging Face Hub, a mirror of it, or a folder."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from xtts_studio.errors import Conflict, InvalidInput
from xtts_studio.events import Artifact, Progress, Report
from xtts_studio.models.catalogue import ALIASES, BASE, WHISPER, PublishedFile, PublishedModel, published
from xtts_studio.models.fetch import Remote, Tell, checksum, download, look_up
from xtts_studio.models.licence import require_licence
from xtts_studio.models.room import require_room
from xtts_studio.models.shelf import base_folder, folder_size, whisper_folder
from xtts_studio.models.takeover import take_over
from xtts_studio.shapes import PullRequest, PullResult
from xtts_studio.workspace import Workspace, check_name, read_json, write_json

SOURCE = "source.json"
"""Beside a fetched model: where it came from and the checksums of its files."""
_REPORT_EVERY_S = 0.25


def pull(request: PullRequest, workspace: Workspace, report: Report) -> PullResult:
    """Fetches a model by its name, or takes one over from a folder (`request.source`).

    What is there and right is kept; what was cut goes on. Raises `LicenceNotAccepted`, `DownloadFailed`, `DiskFull`,
    `InvalidInput` for an unknown name or an unusable folder, `Conflict` while the same model is being fetched.
    """
    name = ALIASES.get(request.name, check_name(request.name, "model name"))
    with _alone(workspace, name):
        if request.source and not request.source.startswith(("http://", "https://")):
            return take_over(Path(request.source), name, workspace, report, accept_licence=request.accept_licence)
        model = published(name)
        if model is None:
            raise InvalidInput(
                f"There is no model {name!r} to fetch.",
                hint=f"Models: {', '.join((BASE.name, *WHISPER))}. Your own: pull it from its folder with --from.",
            )
        if model.kind == "base":
            require_licence(workspace, accept=request.accept_licence)
        return _fetch(model, request.source, workspace, report)


def _fetch(model: PublishedModel, base_url: str | None, workspace: Workspace, report: Report) -> PullResult:
    folder = base_folder(workspace) if model.kind == "base" else whisper_folder(workspace, model.name)
    report(Progress(0.0, f"{model.name}: looking what is there"))
    wanted = [file for file in model.files if not _is_good(file, folder)]
    remotes = [look_up(model, file, base_url) for file in wanted]
    require_room(sum((remote.size_bytes or 0) - remote.bytes_there(folder) for remote in remotes), folder)
    progress = _Progress(model.name, remotes, folder, report)
    for remote in remotes:
        download(remote, folder, progress.of(remote))
        progress.finished(remote)
    if remotes:
        _record(model, base_url, folder, remotes)
    report(Progress(1.0, f"{model.name} is here"))
    report(Artifact(str(folder.relative_to(workspace.home)), "model"))
    unchecked = [
        f"{remote.name}: the server tells no checksum, so it was not checked."
        for remote in remotes
        if not remote.checksum
    ]
    return PullResult(name=model.name, path=str(folder), size_bytes=folder_size(folder), notices=unchecked)


def _is_good(file: PublishedFile, folder: Path) -> bool:
    """Is the file there with the content it should have: that of the catalogue, or that noted when it was fetched?"""
    path = folder / file.name
    expected = file.sha256 or _noted(folder).get(file.name)
    return path.is_file() and expected is not None and checksum(path, len(expected)) == expected


def _noted(folder: Path) -> dict[str, str]:
    try:
        return dict(read_json(folder / SOURCE)["files"])
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _record(model: PublishedModel, base_url: str | None, folder: Path, remotes: list[Remote]) -> None:
    checksums = _noted(folder) | {remote.name: remote.checksum for remote in remotes if remote.checksum}
    source = {"repository": model.repository, "revision": model.revision, "base_url": base_url, "files": checksums}
    write_json(folder / SOURCE, {**source, "fetched_at": datetime.now(UTC).isoformat()})


class _Progress:
    """Tells how far all files together are, a few times a second."""

    def __init__(self, name: str, remotes: list[Remote], folder: Path, report: Report) -> None:
        self._name, self._report = name, report
        self._there = {remote.name: remote.bytes_there(folder) for remote in remotes}
        self._total = sum(remote.size_bytes or 0 for remote in remotes)
        self._told_s = 0.0

    def of(self, remote: Remote) -> Tell:
        def tell(there: int) -> None:
            self._there[remote.name] = there
            if time.monotonic() - self._told_s >= _REPORT_EVERY_S:
                self._tell(remote.name)

        return tell

    def finished(self, remote: Remote) -> None:
        self._there[remote.name] = remote.size_bytes or self._there[remote.name]
        self._tell(remote.name)

    def _tell(self, file: str) -> None:
        self._told_s = time.monotonic()
        done = sum(self._there.values())
        fraction = min(done / self._total, 1.0) if self._total else 0.0
        self._report(Progress(fraction, f"{self._name}: {file}, {done / 1e6:,.0f} of {self._total / 1e6:,.0f} MB"))


@contextmanager
def _alone(workspace: Workspace, name: str) -> Iterator[None]:
    """Holds a lock, so that two processes never write the same part. The system frees it when a process dies."""
    from filelock import FileLock, Timeout

    workspace.cache.mkdir(parents=True, exist_ok=True)
    lock = FileLock(workspace.cache / f".{name}.lock", timeout=0)
    try:
        with lock:
            yield
    except Timeout as error:
        raise Conflict(f"{name} is being fetched already.", hint="Wait until that is done.") from error
