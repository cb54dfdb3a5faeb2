"""One file from a server that speaks the Hugging Face Hub's protocol: resumed where it was cut, checked, put in place.

The Hub's own client retries within a download but begins again in a new process, so a cut after 1.8 GB would cost them
all. Here the part that came stays beside the file, named by the content it is a part of, and the next attempt asks for
the rest. No credentials are ever sent: the models are public, and the server may be a mirror.
"""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from xtts_studio import __version__
from xtts_studio.errors import Cancelled, DiskFull, DownloadFailed, StudioError
from xtts_studio.models.catalogue import PublishedFile, PublishedModel

Tell = Callable[[int], None]
"""Is told how many bytes of the file are there; may raise `Cancelled`."""
_RESUME_HINT = "Pull again: it goes on where it stopped."


@dataclass(frozen=True)
class Remote:
    """A file as a server offers it. `checksum`: sha256, or Git's blob id (40 digits), or None if there is none."""

    name: str
    url: str
    size_bytes: int | None
    checksum: str | None

    def part(self, folder: Path) -> Path:
        """Where the bytes gather. Another content has another name, so that two never mix."""
        return folder / f".{self.name}.{(self.checksum or 'unchecked')[:12]}.part"

    def bytes_there(self, folder: Path) -> int:
        part = self.part(folder)
        return part.stat().st_size if part.exists() else 0


def look_up(model: PublishedModel, file: PublishedFile, base_url: str | None) -> Remote:
    """Asks the server for size and checksum. Raises `DownloadFailed` where it doesn't answer or has another content."""
    from huggingface_hub import get_hf_file_metadata, hf_hub_url

    url = hf_hub_url(model.repository, file.name, revision=model.revision, endpoint=base_url)
    with _explained(file.name, url):
        offered = get_hf_file_metadata(
            url, token=False, library_name="xtts-studio", library_version=__version__, endpoint=base_url
        )
    told = offered.etag if offered.etag and re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", offered.etag) else None
    if file.sha256 and told and len(told) == 64 and told != file.sha256:
        raise _mismatch(file.name, "sha256", file.sha256, told, "the server offers")
    if file.size_bytes and offered.size and offered.size != file.size_bytes:
        raise _mismatch(file.name, "size in bytes", file.size_bytes, offered.size, "the server offers")
    return Remote(file.name, url, file.size_bytes or offered.size, file.sha256 or told)


def download(remote: Remote, folder: Path, tell: Tell) -> None:
    """Puts the file into `folder`, whole and checked.

    Raises `DownloadFailed` (cut: the part stays for the next time; wrong checksum: only the part goes), `DiskFull`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    part = remote.part(folder)
    if remote.size_bytes is not None and remote.bytes_there(folder) > remote.size_bytes:
        part.unlink()
    if remote.size_bytes is None or remote.bytes_there(folder) < remote.size_bytes:
        _receive(remote, part, tell)
    found = checksum(part, len(remote.checksum)) if remote.checksum else None
    if found != remote.checksum:
        part.unlink()
        raise _mismatch(remote.name, "checksum", remote.checksum, found, "came")
    part.replace(folder / remote.name)
    for stale in folder.glob(f".{remote.name}.*.part"):
        stale.unlink()


def checksum(path: Path, length: int = 64) -> str:
    """The sha256 of a file, or for a length of 40 its Git blob id, as the Hub has it for small files."""
    with path.open("rb") as file:
        if length == 64:
            return hashlib.file_digest(file, "sha256").hexdigest()
        blob = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
        while block := file.read(1 << 20):
            blob.update(block)
        return blob.hexdigest()


def _receive(remote: Remote, part: Path, tell: Tell) -> None:
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars()
    # Compressed, the bytes that came would not be those a Range counts.
    headers = {"User-Agent": f"xtts-studio/{__version__}", "Accept-Encoding": "identity"}
    part.touch()
    with part.open("r+b") as file, _explained(remote.name, remote.url):
        there = file.seek(0, os.SEEK_END)
        http_get(
            remote.url,
            cast(BinaryIO, _Watched(file, tell)),
            resume_size=there,
            headers=headers,
            expected_size=remote.size_bytes,
        )
        file.flush()
        os.fsync(file.fileno())


class _Watched:
    """A file that tells after every write how long it is."""

    def __init__(self, file: BinaryIO, tell: Tell) -> None:
        self._file, self._report = file, tell

    def write(self, block: bytes) -> int:
        written = self._file.write(block)
        self._report(self._file.tell())
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


@contextmanager
def _explained(name: str, url: str) -> Iterator[None]:
    """Turns what the client library raises (it changes its HTTP library now and then) into our errors."""
    try:
        yield
    except (Cancelled, StudioError):
        raise
    except OSError as error:
        raise DiskFull.of(error) or _failed(name, url, error) from error
    except Exception as error:
        raise _failed(name, url, error) from error


def _failed(name: str, url: str, error: Exception) -> DownloadFailed:
    status = getattr(getattr(error, "response", None), "status_code", None)
    if status == 404:
        return DownloadFailed(
            f"The server has no {name} at {url}.", hint="Check the base URL, or pull from a folder with --from."
        )
    reason = f"the server answered {status}" if status else str(error).strip() or type(error).__name__
    hint = "Without a connection: pull from a folder with --from."
    return DownloadFailed(f"{name} could not be fetched from {url}: {reason}", hint=f"{_RESUME_HINT} {hint}")


def _mismatch(name: str, what: str, expected: object, found: object, verb: str) -> DownloadFailed:
    return DownloadFailed(
        f"{name} is damaged or another file: {what} {expected} was expected, {found} {verb}.",
        hint="Pull again, or from another source; files that are good already are kept.",
        details={"file": name, "expected": expected, "found": found},
    )
