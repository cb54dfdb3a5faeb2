"""Files between a workspace and the volumes of the Modal app, for a server that runs elsewhere.

Three states of each unit are compared: what is here, what is there (its manifest), and what both had after the last
time. So only what changed is sent or fetched, a transfer that was cut off goes on where it was, what a step has deleted
is deleted here too, and what somebody changed here meanwhile is never lost: it goes to `data/conflicts`.
"""

import io
import json
import logging
import shutil
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from xtts_studio.errors import DownloadFailed
from xtts_studio.jobs.file_manifest import (
    BY_SERVER,
    BY_STEP,
    Checksums,
    Manifest,
    in_order,
    manifest_content,
    manifest_in_volume,
    scan,
)
from xtts_studio.jobs.modal_cloud import Passing
from xtts_studio.jobs.step_files import check_unit, step_files
from xtts_studio.models.catalogue import BASE, WHISPER_NEEDS, XTTS_NEEDS, missing
from xtts_studio.models.licence import licence_accepted
from xtts_studio.models.shelf import base_folder, whisper_folder
from xtts_studio.shapes import PullRequest
from xtts_studio.steps import Step
from xtts_studio.workspace import Workspace, read_json, write_json, written_whole

logger = logging.getLogger(__name__)

LOT_FILES, LOT_BYTES = 64, 256 * 1024**2
"""So much is sent at a time; what came through needs not be sent again."""


class TransferredFiles:
    """Sends what a step reads, fetches what it wrote. `volumes`: by the folders of the workspace that they hold."""

    def __init__(self, workspace: Workspace, volumes: dict[str, Any]) -> None:
        self._workspace, self._volumes = workspace, volumes
        self._notes = workspace.home / "modal"
        self._checksums = Checksums(self._notes / "checksums.json")
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)  # by unit: speech waits for no recording
        self._same: dict[str, Manifest] = {}
        """Units that were the same on both sides when we looked last; only our own steps change them there."""
        self._fetched: set[str] = set()

    def give(self, step: Step, request: BaseModel) -> Iterator[Passing]:
        """Makes the volumes hold what the step reads."""
        files = step_files(step.name, request, self._workspace)
        for unit in files.units:
            with self._locks[unit]:
                if self._same.get(unit) is None or self._same[unit] != self._here(unit):
                    yield from self._fetch(unit)  # what an earlier step wrote and nobody has fetched yet
                    yield from self._send(unit)
        self._checksums.keep()

    def take(self, step: Step, request: BaseModel, answer: dict[str, Any]) -> Iterator[Passing]:
        """Brings here what the step wrote."""
        files = step_files(step.name, request, self._workspace, answer)
        for unit in files.writes:
            with self._locks[unit]:
                self._same.pop(unit, None)
                yield from self._fetch(unit, ended=True)
        self._checksums.keep()

    def lacking(self, step: Step, request: BaseModel) -> list[PullRequest]:
        """The published models that the step needs and the volume lacks: they are fetched there, not sent."""
        names = step_files(step.name, request, self._workspace).models
        lacking = [name for name in names if name not in self._fetched and not self._has_model(name)]
        self._fetched.update(name for name in names if name not in lacking)
        accepted = licence_accepted(self._workspace) or base_folder(self._workspace).is_dir()
        return [PullRequest(name=name, accept_licence=accepted) for name in lacking]

    def _has_model(self, name: str) -> bool:
        base = name == BASE.name
        folder = base_folder(self._workspace) if base else whisper_folder(self._workspace, name)
        path = folder.relative_to(self._workspace.cache).as_posix()
        try:
            found = {entry.path.rpartition("/")[2] for entry in self._volumes["cache"].listdir(path)}
        except Exception as error:
            if type(error).__name__ not in ("FileNotFoundError", "NotFoundError"):  # the latter is the SDK's
                raise
            return False
        return not missing(found, XTTS_NEEDS if base else WHISPER_NEEDS)

    # Sending

    def _send(self, unit: str) -> Iterator[Passing]:
        here, there, base = self._here(unit), (self._there(unit) or ("", {}))[1], self._base(unit)
        wanted = in_order(name for name in here if there.get(name) != here[name])
        gone = [name for name in there if name not in here and base.get(name) == there[name]]
        for name in gone:
            self._remove_there(unit, name)
            del there[name]
        for lot in self._lots(unit, wanted):
            yield Passing(f"Sending {_called(unit)} to Modal: {len(wanted)} files")
            there |= {name: here[name] for name in lot}
            self._upload(unit, lot, there)
        if gone and not wanted:
            self._upload(unit, [], there)
        self._agree(unit, here, there)

    def _lots(self, unit: str, names: list[str]) -> Iterator[list[str]]:
        lot: list[str] = []
        size_bytes = 0
        for name in names:
            lot.append(name)
            size_bytes += self._path(unit, name).stat().st_size
            if len(lot) >= LOT_FILES or size_bytes >= LOT_BYTES:
                yield lot
                lot, size_bytes = [], 0
        if lot:
            yield lot

    def _upload(self, unit: str, names: list[str], there: Manifest) -> None:
        volume, root = self._volume(unit)
        if names:
            with volume.batch_upload(force=True) as batch:
                for name in names:
                    batch.put_file(self._path(unit, name), f"/{_join(root, name)}")
        content = json.dumps(manifest_content(BY_SERVER, there)).encode()
        with self._volumes["data"].batch_upload(force=True) as batch:
            batch.put_file(io.BytesIO(content), f"/{manifest_in_volume(unit)}")

    def _remove_there(self, unit: str, name: str) -> None:
        volume, root = self._volume(unit)
        try:
            volume.remove_file(_join(root, name))
        except Exception:  # it is not there any more
            logger.info("%s of %s could not be removed from its volume", name, unit, exc_info=True)

    # Fetching

    def _fetch(self, unit: str, ended: bool = False) -> Iterator[Passing]:
        """Brings what is new there. With `ended`, after a step, also deletes what that has deleted."""
        found = self._there(unit)
        if found is None:
            return
        by, there = found
        here, base = self._here(unit), self._base(unit)
        wanted = in_order(name for name in there if here.get(name) != there[name] and base.get(name) != there[name])
        for number, name in enumerate(wanted, start=1):
            yield Passing(f"Fetching {_called(unit)} from Modal: {number} of {len(wanted)} files")
            if name in here and base.get(name) != here[name]:
                self._keep_aside(unit, name)
            self._download(unit, name, there[name])
        for name in here if ended and by == BY_STEP else ():
            if name not in there and base.get(name) == here[name]:
                self._path(unit, name).unlink(missing_ok=True)
        self._agree(unit, self._here(unit), there)

    def _download(self, unit: str, name: str, expected: str) -> None:
        volume, root = self._volume(unit)
        digest = sha256()
        with written_whole(self._path(unit, name)) as temporary, temporary.open("wb") as file:
            for piece in volume.read_file(_join(root, name)):
                digest.update(piece)
                file.write(piece)
            file.flush()
            if digest.hexdigest() != expected:
                raise DownloadFailed(
                    f"{name} of {_called(unit)} came from Modal with another content than was written there.",
                    hint="Start the job again: what came whole is not fetched again.",
                )

    def _keep_aside(self, unit: str, name: str) -> None:
        """Puts away what somebody has changed here while the step changed it there."""
        stamp = f"{datetime.now(UTC):%Y%m%d-%H%M%S}"
        aside = self._workspace.home / "data" / "conflicts" / stamp / unit / ("" if name == "." else name)
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(self._path(unit, name), aside)
        logger.warning("%s of %s was changed here while a step changed it; your version is %s", name, unit, aside)

    # The three states

    def _here(self, unit: str) -> Manifest:
        return scan(self._workspace.home / unit, self._checksums)

    def _there(self, unit: str) -> tuple[str, Manifest] | None:
        """Who wrote its manifest, and what that tells; None where there is none."""
        try:
            content = b"".join(self._volumes["data"].read_file(manifest_in_volume(unit)))
        except FileNotFoundError:
            return None
        try:
            found = json.loads(content)
            return str(found["by"]), {str(name): str(digest) for name, digest in found["files"].items()}
        except (ValueError, KeyError, TypeError, AttributeError):  # half written: everything is sent anew
            return None

    def _base(self, unit: str) -> Manifest:
        """What both had after the last time."""
        try:
            return dict(read_json(self._notes / manifest_in_volume(unit)))
        except (OSError, ValueError, TypeError):
            return {}

    def _agree(self, unit: str, here: Manifest, there: Manifest) -> None:
        """Notes what both sides have; of what differs, what both had before, which tells whose change it is."""
        before = self._base(unit)
        base = {name: digest for name, digest in there.items() if here.get(name) == digest}
        base |= {name: before[name] for name in there if name not in base and name in before}
        write_json(self._notes / manifest_in_volume(unit), base)
        if here == there:
            self._same[unit] = here

    # Paths

    def _path(self, unit: str, name: str) -> Path:
        """A file here. Raises `InvalidInput` for a name that leads out of its unit."""
        if name == ".":
            return self._workspace.home / check_unit(unit)
        check_unit(f"data/{name}")
        path = self._workspace.home / check_unit(unit) / name
        if name.startswith("/") or not path.resolve().is_relative_to((self._workspace.home / unit).resolve()):
            check_unit(name)
        return path

    def _volume(self, unit: str) -> tuple[Any, str]:
        """The volume of a unit, and its path there."""
        folder, _, root = check_unit(unit).partition("/")
        return self._volumes[folder], root


def _join(root: str, name: str) -> str:
    return root if name == "." else f"{root}/{name}"


def _called(unit: str) -> str:
    return unit.rpartition("/")[2]
