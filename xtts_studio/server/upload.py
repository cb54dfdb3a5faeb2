"""Receiving files: multipart bodies streamed to the workspace's `incoming` folder, hashed and limited on the way."""

import hashlib
import logging
import secrets
import shutil
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from anyio.to_thread import run_sync
from fastapi import Request
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import ClientDisconnect

from xtts_studio.errors import DiskFull, InvalidInput, TooLarge

logger = logging.getLogger(__name__)

MOST_FILES = 500
MOST_FIELDS = 50
LONGEST_FIELD_BYTES = 100_000
SPARE_DISK_BYTES = 64 * 1024**2
DRAIN_BYTES = 64 * 1024**2
"""Read and thrown away after a refusal, so that a client that is still sending gets to see the answer."""


@dataclass(frozen=True)
class ReceivedFile:
    """A file that has arrived whole. `name` is the client's, without folders; `path` is ours."""

    path: Path
    name: str
    sha256: str
    size_bytes: int


@dataclass
class Form:
    """The fields and files of a multipart body. Of a field that came more than once, `fields` has the last."""

    files: list[ReceivedFile] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    repeated: dict[str, list[str]] = field(default_factory=dict)

    def discard(self) -> None:
        """Removes the files that nobody has taken."""
        for file in self.files:
            file.path.unlink(missing_ok=True)


def multipart_body(**parts: str) -> dict[str, Any]:
    """The OpenAPI description of a multipart body: `files`, and text fields (optional where it begins with `?`)."""
    properties: dict[str, Any] = {}
    for name, text in parts.items():
        kind = {"type": "string", "description": text.lstrip("?")}
        if name == "files":
            kind = {"type": "array", "items": {"type": "string", "format": "binary"}, "description": text}  # type: ignore[dict-item]
        properties[name] = kind
    required = [name for name, text in parts.items() if not text.startswith("?")]
    schema = {"type": "object", "properties": properties, "required": required}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


async def receive(request: Request, folder: Path, limit_bytes: int, named: str = "files") -> Form:
    """Streams a multipart body to `folder`; `named` is the field of its files, for what is told where it is missing.

    Raises `InvalidInput`, `TooLarge` or `DiskFull`; nothing is left then.
    """
    receiver = _Receiver(_boundary(request, named), folder, limit_bytes)
    try:
        _check_room(request, folder)
        async for block in request.stream():
            await run_sync(receiver.write, block)
        form = receiver.finish()
    except BaseException as error:
        receiver.abort()
        if isinstance(error, TooLarge | DiskFull):
            await drain(request)
        raise explained(error) from error
    if not form.files:
        raise InvalidInput("No file was sent.", hint=f"Send it in the form field `{named}`.", details={"param": named})
    return form


def _boundary(request: Request, named: str) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise InvalidInput(
            "The body is not a form with files.", hint=f"Send multipart/form-data with the form field `{named}`."
        )
    return options[b"boundary"]


def _check_room(request: Request, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    announced = request.headers.get("content-length", "")
    if announced.isdecimal():
        check_room(folder, int(announced))


def check_room(folder: Path, size_bytes: int) -> None:
    """Raises `DiskFull` where so much more doesn't fit on the disk."""
    free = shutil.disk_usage(folder).free - SPARE_DISK_BYTES
    if size_bytes > free:
        raise DiskFull(
            f"The upload has {size_bytes / 1e6:.0f} MB, and there are {max(0, free) / 1e6:.0f} MB of disk left.",
            hint="Make room: delete recordings, runs or models that are no longer needed.",
        )


def too_large(name: str, limit_bytes: int) -> TooLarge:
    """The error for a file over the limit."""
    return TooLarge(
        f"{name} is larger than the {limit_bytes / 1e6:,.0f} MB that one file may have.",
        hint="Compress it (FLAC, MP3), cut it, or raise XTTS_UPLOAD_LIMIT_BYTES on the server.",
        details={"limit_bytes": limit_bytes, "name": name},
    )


def explained(error: BaseException) -> BaseException:
    """The error to show for one that ended an upload."""
    if isinstance(error, FormParserError):
        return InvalidInput("The form can't be read; it may have been cut off.", hint="Upload the files again.")
    if isinstance(error, ClientDisconnect):
        return InvalidInput("The upload was broken off.", hint="Upload the files again.")
    return (DiskFull.of(error) if isinstance(error, OSError) else None) or error


async def drain(request: Request) -> None:
    """Reads what a client still sends of a body that was refused, within limits."""
    left = DRAIN_BYTES
    try:
        async for block in request.stream():
            left -= len(block)
            if left < 0:
                return
    except (ClientDisconnect, RuntimeError):  # gone, or nothing more to read
        return


class _Receiver:
    """Feeds a multipart parser and files what it finds, part by part."""

    def __init__(self, boundary: bytes, folder: Path, limit_bytes: int) -> None:
        self._folder, self._limit = folder, limit_bytes
        self._form = Form()
        self._ended = False
        self._file: BinaryIO | None = None
        self._path = folder
        self._name = ""
        self._field, self._text_parts = "", 0
        self._value = bytearray()
        self._header, self._header_value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._hash = hashlib.sha256()
        self._size = 0
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._header.extend(data[start:end]),
                "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._take,
                "on_part_end": self._close,
                "on_end": self._end,
            },
        )

    def write(self, block: bytes) -> None:
        self._parser.write(block)

    def finish(self) -> Form:
        self._parser.finalize()
        if not self._ended:
            raise FormParserError("the closing boundary is missing")
        return self._form

    def abort(self) -> None:
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)
        self._form.discard()

    def _begin(self) -> None:
        self._headers, self._size = {}, 0
        self._hash, self._value = hashlib.sha256(), bytearray()

    def _end_header(self) -> None:
        self._headers[bytes(self._header).lower()] = bytes(self._header_value)
        self._header, self._header_value = bytearray(), bytearray()

    def _open(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._field = options.get(b"name", b"").decode("utf-8", "replace")
        if b"filename" not in options:
            self._text_parts += 1
            if self._text_parts > MOST_FIELDS:
                raise TooLarge(f"The form has more than {MOST_FIELDS} text fields.")
            return
        if len(self._form.files) >= MOST_FILES:
            raise TooLarge(f"More than {MOST_FILES} files in one upload.", hint="Upload them in several parts.")
        self._name = plain_name(options[b"filename"].decode("utf-8", "replace"))
        self._path = self._folder / secrets.token_hex(16)
        self._file = self._path.open("xb")

    def _take(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._file is None:
            self._value += data[start:end]
            if len(self._value) > LONGEST_FIELD_BYTES:
                raise TooLarge(f"A text field of the form is longer than {LONGEST_FIELD_BYTES} bytes.")
            return
        if self._size > self._limit:
            raise too_large(self._name, self._limit)
        piece = memoryview(data)[start:end]
        self._hash.update(piece)
        self._file.write(piece)

    def _close(self) -> None:
        if self._file is None:
            value = self._value.decode("utf-8", "replace")
            self._form.fields[self._field] = value
            self._form.repeated.setdefault(self._field, []).append(value)
            return
        self._file.close()
        self._file = None
        self._form.files.append(ReceivedFile(self._path, self._name, self._hash.hexdigest(), self._size))

    def _end(self) -> None:
        self._ended = True


def plain_name(name: str) -> str:
    """A file's name as it is shown: the last part of a path in either style, printable and not too long."""
    last = PurePosixPath(name.replace("\\", "/")).name
    return "".join(letter for letter in last if letter.isprintable())[-200:].strip() or "recording"
