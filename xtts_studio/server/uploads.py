"""Uploads in parts: what has arrived lies on the disk, so that they go on after anything that cuts them off.

data/incoming/upload-<id>/   upload.json, and `bytes`: what has arrived, in order

A part is written as it comes and brought to the disk before the answer. How much has arrived is the size of `bytes` and
kept nowhere else, so a server that was killed knows the right place to go on.
"""

import logging
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from xtts_studio import recordings
from xtts_studio.errors import Conflict, NotFound, TooManyRequests
from xtts_studio.server.parts import Hashed, Part, beyond
from xtts_studio.server.upload import check_room, plain_name, too_large
from xtts_studio.shapes import NewUpload, Stored, Upload
from xtts_studio.workspace import Workspace, check_id, read_json, write_json

logger = logging.getLogger(__name__)

ABANDONED_AFTER_S = 7 * 24 * 3600.0
"""After so long without a new part an upload is removed, when the server starts."""
MOST_UPLOADS = 1000


class _Kept(Stored):
    """`upload.json`. `sha256` once all bytes are there, `recording_id` once they have become a recording."""

    id: str
    name: str
    size_bytes: int
    created_at: str
    sha256: str | None = None
    recording_id: str | None = None


class Uploads:
    """All uploads in parts of a workspace. One request at a time works on one upload; cancelling comes first."""

    def __init__(self, workspace: Workspace, limit_bytes: int) -> None:
        self._workspace, self._limit_bytes = workspace, limit_bytes
        self._lock = threading.Lock()
        self._busy: dict[str, str] = {}
        self._hashed: dict[str, Hashed] = {}

    def create(self, new: NewUpload) -> Upload:
        """Begins an upload. Raises `TooLarge`, `DiskFull` or `TooManyRequests`."""
        name = plain_name(new.name)
        if new.size_bytes > self._limit_bytes:
            raise too_large(name, self._limit_bytes)
        if len(self.unfinished()) >= MOST_UPLOADS:
            raise TooManyRequests(
                f"{MOST_UPLOADS} uploads were begun and not finished.", hint="Finish or cancel some of them."
            )
        self._workspace.incoming.mkdir(parents=True, exist_ok=True)
        check_room(self._workspace.incoming, new.size_bytes)
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        kept = _Kept(id=secrets.token_hex(12), name=name, size_bytes=new.size_bytes, created_at=now)
        self._folder(kept.id).mkdir()
        self._bytes(kept.id).touch()
        self._write(kept)
        return self._upload(kept)

    def unfinished(self) -> list[Upload]:
        """Uploads that are no recording yet, the newest first."""
        found = [self._read(folder) for folder in self._workspace.incoming.glob("upload-*")]
        kept = [one for one in found if one is not None and one.recording_id is None]
        return sorted((self._upload(one) for one in kept), key=lambda one: (one.created_at, one.id), reverse=True)

    def get(self, upload_id: str) -> Upload:
        """One upload. Raises `NotFound`."""
        return self._upload(self._kept(upload_id))

    def cancel(self, upload_id: str) -> None:
        """Removes an upload, also while a part arrives. Raises `NotFound`, and `Conflict` while it is being read."""
        self._kept(upload_id)
        with self._lock:
            if self._busy.get(upload_id) == "finish":
                raise Conflict("The upload is being read already.", hint="Delete the recording instead.")
            self._remove(upload_id)

    @contextmanager
    def part(self, upload_id: str, offset: int, announced_bytes: int | None) -> Iterator[Part]:
        """The end of an upload, open for a part that begins at `offset`.

        Raises `NotFound`, `Conflict` where another request works on it or `offset` is not where it ends,
        `InvalidInput` for more bytes than the upload was to have, `DiskFull`.
        """
        with self._alone(upload_id, "part"):
            upload = self.get(upload_id)
            if self._kept(upload_id).recording_id is not None:
                raise Conflict("The upload is finished.", hint="Begin another one for another file.")
            if offset != upload.received_bytes:
                raise _wrong_place(upload, offset)
            announced_bytes = upload.size_bytes - offset if announced_bytes is None else announced_bytes
            if offset + announced_bytes > upload.size_bytes:
                raise beyond(upload.size_bytes)
            check_room(self._workspace.incoming, announced_bytes)
            part = self._open(upload)
            try:
                yield part
            finally:
                part.close()

    @contextmanager
    def finishing(self, upload_id: str) -> Iterator["Finishing"]:
        """A whole upload that becomes a recording. Raises `NotFound`, and `Conflict` where bytes are missing."""
        with self._alone(upload_id, "finish"):
            kept, upload = self._kept(upload_id), self.get(upload_id)
            missing = upload.size_bytes - upload.received_bytes
            if kept.recording_id is None and missing:
                raise Conflict(
                    f"{missing:,} of {upload.size_bytes:,} bytes are missing.",
                    hint=f"Send the rest, from offset {upload.received_bytes} on.",
                    details={"received_bytes": upload.received_bytes, "missing_bytes": missing},
                )
            yield Finishing(self, kept)

    def clear_abandoned(self) -> None:
        """Removes uploads that nobody went on with, and what is left of finished ones."""
        for folder in self._workspace.incoming.glob("upload-*"):
            try:
                changed = max(path.stat().st_mtime for path in (folder, *folder.iterdir()))
            except OSError:
                continue
            if time.time() - changed > ABANDONED_AFTER_S:
                logger.info("removing an upload that was abandoned: %s", folder.name)
                shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _alone(self, upload_id: str, what: str) -> Iterator[None]:
        self._kept(upload_id)
        with self._lock:
            if upload_id in self._busy:
                raise Conflict("Another request works on this upload.", hint="Wait until it has ended, then go on.")
            self._busy[upload_id] = what
        try:
            yield
        finally:
            with self._lock:
                del self._busy[upload_id]

    def _open(self, upload: Upload) -> Part:
        hashed = self._hashed.setdefault(upload.id, Hashed())
        try:
            return Part(self._bytes(upload.id), upload.size_bytes, hashed)
        except FileNotFoundError:
            raise _gone() from None

    def _folder(self, upload_id: str) -> Path:
        return self._workspace.incoming / f"upload-{check_id(upload_id, 'upload id')}"

    def _bytes(self, upload_id: str) -> Path:
        return self._folder(upload_id) / "bytes"

    def _remove(self, upload_id: str) -> None:
        self._hashed.pop(upload_id, None)
        shutil.rmtree(self._folder(upload_id), ignore_errors=True)

    def _kept(self, upload_id: str) -> _Kept:
        kept = self._read(self._folder(upload_id))
        if kept is None:
            raise _gone()
        return kept

    def _read(self, folder: Path) -> _Kept | None:
        """None also where the bytes are gone without a recording. Killed after those became one: it is finished."""
        try:
            kept = _Kept.model_validate(read_json(folder / "upload.json"))
        except (OSError, ValueError):
            return None
        if kept.recording_id is None and not (folder / "bytes").exists():
            known = recordings.find_by_sha256(self._workspace, kept.sha256) if kept.sha256 else None
            return kept.model_copy(update={"recording_id": known.id}) if known else None
        return kept

    def _write(self, kept: _Kept) -> None:
        write_json(self._folder(kept.id) / "upload.json", kept.model_dump())

    def _upload(self, kept: _Kept) -> Upload:
        try:
            received_bytes = self._bytes(kept.id).stat().st_size
        except FileNotFoundError:  # a recording by now, or cancelled just now
            received_bytes = kept.size_bytes if kept.recording_id else 0
        return Upload(**kept.model_dump(exclude={"sha256", "recording_id"}), received_bytes=received_bytes)


class Finishing:
    """A whole upload on its way to become a recording."""

    def __init__(self, uploads: Uploads, kept: _Kept) -> None:
        self._uploads, self._kept = uploads, kept
        self.name, self.size_bytes = kept.name, kept.size_bytes
        self.recording_id = kept.recording_id
        self.incoming = f"upload-{kept.id}/bytes"

    def sha256(self) -> str:
        """Of all bytes. Reads those that arrived before the server started."""
        uploads, kept = self._uploads, self._kept
        found = uploads._hashed.setdefault(kept.id, Hashed()).catch_up(uploads._bytes(kept.id))
        self._kept = kept.model_copy(update={"sha256": found})
        uploads._write(self._kept)
        return found

    def became(self, recording_id: str) -> None:
        """The recording is there: frees the bytes where they were not taken, and remembers it for who asks again."""
        self._uploads._write(self._kept.model_copy(update={"recording_id": recording_id}))
        self._uploads._bytes(self._kept.id).unlink(missing_ok=True)
        self._uploads._hashed.pop(self._kept.id, None)

    def discard(self) -> None:
        """The bytes are no sound: nothing of the upload is kept."""
        self._uploads._remove(self._kept.id)


def _wrong_place(upload: Upload, offset: int) -> Conflict:
    return Conflict(
        f"The part begins at byte {offset:,}, but {upload.received_bytes:,} bytes have arrived.",
        hint=f"Go on at offset {upload.received_bytes}.",
        details={"received_bytes": upload.received_bytes},
    )


def _gone() -> NotFound:
    return NotFound("There is no such upload.", hint="It may have been cancelled. Begin it again.")
