"""A voice as one small file, `<name>.xttsvoice`: a zip of its folder, with the clips as FLAC. No torch.

xttsvoice.json              {"version": 1}
speaker.json                as in the folder
clip_001.flac …             the clips, without loss
latents.safetensors         of a published voice
voice-….safetensors         what models make of the voice, so that it need not be computed again
part_1/ …                   of a blend: the same once more
"""

import io
import json
import re
import struct
import zipfile
import zlib
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import BinaryIO

import soundfile
from pydantic import ValidationError

from xtts_studio.errors import InvalidInput, NotFound, TooLarge
from xtts_studio.shapes import Speaker
from xtts_studio.speakers import CACHE, CLIP, FILE, LATENTS, folder_speaker

SUFFIX = ".xttsvoice"
VERSION = 1
DEEPEST = 4
"""Blends within blends."""
MOST_ENTRIES = 2_000
MOST_BYTES = 512 * 1024**2
"""Of all that a file unpacks to."""
EXPORT_ANEW = "Export the voice anew."
_MARK = "xttsvoice.json"
_ENTRY = re.compile(
    rf"((?:part_[1-8]/){{0,{DEEPEST}}})(speaker\.json|latents\.safetensors|clip_\d{{3}}\.(?:flac|wav)|{CACHE.pattern})"
)
_MOST_BYTES = {".json": 1 << 18, ".safetensors": 1 << 23, ".flac": 1 << 27, ".wav": 1 << 27}
_HIGHEST_FLAC_HZ = 192_000
_TIME = (1980, 1, 1, 0, 0, 0)  # always the same: the same voice is the same file
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, RuntimeError, ValueError, OSError)


def export_voice(folder: Path, target: BinaryIO) -> None:
    """Writes the voice in `folder` as a file. Raises `NotFound` where it, or one of its files, is gone."""
    folder_speaker(folder)
    try:
        with zipfile.ZipFile(target, "w") as archive:
            _add(archive, _MARK, json.dumps({"version": VERSION}).encode())
            for path in sorted(folder.rglob("*")):
                if path.is_file() and _belongs(path.name):
                    _add_file(archive, path, path.relative_to(folder).parent)
    except FileNotFoundError:
        raise NotFound(f"The voice {folder.name!r} went away while it was read.", hint="Try again.") from None


class VoiceArchive:
    """A voice file opened for reading. Raises `InvalidInput` or `TooLarge` for any other file; use as a context."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except _DAMAGE as error:
            raise _no_voice_file() from error
        try:
            self._entries = _checked(self._zip.infolist())
            self._check_version()
        except BaseException:
            self._zip.close()
            raise

    def __enter__(self) -> "VoiceArchive":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    def read(self, entry: str) -> bytes:
        """The content of an entry, its checksum right."""
        if entry not in self._entries:
            raise InvalidInput(f"The voice file lacks {entry}.", hint=EXPORT_ANEW)
        try:
            return self._zip.read(entry)
        except _DAMAGE as error:
            raise InvalidInput(f"{entry} of the voice file is damaged.", hint=EXPORT_ANEW) from error

    def speaker(self, prefix: str = "") -> Speaker:
        """What the voice under `prefix` says of itself; its clips have names as in a voice's folder."""
        try:
            found = Speaker.model_validate_json(self.read(prefix + FILE))
        except ValidationError as error:
            raise InvalidInput(f"{prefix}{FILE} of the voice file can't be read.", hint=EXPORT_ANEW) from error
        if not all(CLIP.fullmatch(clip) for clip in found.clips):
            raise InvalidInput(f"{prefix}{FILE} of the voice file names clips that can't be.", hint=EXPORT_ANEW)
        return found

    def names(self, prefix: str = "") -> dict[str, str]:
        """The files of the voice under `prefix`, named as in its folder, and how they are called in this file."""
        here = [entry.removeprefix(prefix) for entry in self._entries if entry.rpartition("/")[0] == prefix.rstrip("/")]
        found = {re.sub(r"^(clip_\d{3})\.flac$", r"\1.wav", name): name for name in here}
        if len(found) < len(here):
            raise InvalidInput("The voice file holds a clip twice.", hint=EXPORT_ANEW)
        return found

    def parts(self, prefix: str = "") -> set[int]:
        """Numbers of the parts that the voice under `prefix` has."""
        inner = [entry.removeprefix(prefix) for entry in self._entries if entry.startswith(prefix + "part_")]
        return {int(entry[len("part_")]) for entry in inner}

    def _check_version(self) -> None:
        try:
            version = json.loads(self._zip.read(_MARK))["version"]
        except (*_DAMAGE, KeyError, TypeError) as error:
            raise _no_voice_file() from error
        if version != VERSION:
            raise InvalidInput(
                f"The voice file is of version {str(version)[:20]}, version {VERSION} is expected.",
                hint="It was exported by another version of XTTS Studio; update this one.",
            )


def _checked(entries: list[zipfile.ZipInfo]) -> set[str]:
    """The names in a zip, if all of it may be read."""
    if len(entries) > MOST_ENTRIES or sum(entry.file_size for entry in entries) > MOST_BYTES:
        raise TooLarge(f"The voice file would unpack to more than {MOST_ENTRIES} files or {MOST_BYTES >> 20} MB.")
    for entry in entries:
        if entry.filename != _MARK and not _ENTRY.fullmatch(entry.filename):
            raise InvalidInput(
                f"The file holds {entry.filename[:80]!r}, which belongs to no voice.", hint="Choose an .xttsvoice file."
            )
        if entry.file_size > _MOST_BYTES[PurePosixPath(entry.filename).suffix]:
            raise TooLarge(f"{entry.filename} of the voice file is larger than it can be.")
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InvalidInput("The voice file is packed in a way that can't be read.", hint=EXPORT_ANEW)
    names = {entry.filename for entry in entries}
    if len(names) != len(entries):
        raise InvalidInput("The voice file holds a file twice.", hint=EXPORT_ANEW)
    return names


def _no_voice_file() -> InvalidInput:
    return InvalidInput("The file is no voice file, or it is damaged.", hint="Choose an .xttsvoice file.")


def _belongs(name: str) -> bool:
    return name in (FILE, LATENTS) or bool(CLIP.fullmatch(name) or CACHE.fullmatch(name))


def _add_file(archive: zipfile.ZipFile, path: Path, folder: Path) -> None:
    name, content = _clip(path) if CLIP.fullmatch(path.name) else (path.name, path.read_bytes())
    _add(archive, (folder / name).as_posix(), content)


def _clip(path: Path) -> tuple[str, bytes]:
    """As FLAC, or as it is where FLAC has no such rate."""
    content = path.read_bytes()
    samples, rate_hz = soundfile.read(io.BytesIO(content), dtype="int16")
    if rate_hz > _HIGHEST_FLAC_HZ:
        return path.name, content
    memory = io.BytesIO()
    soundfile.write(memory, samples, rate_hz, format="FLAC", subtype="PCM_16")
    return path.with_suffix(".flac").name, memory.getvalue()


def _add(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    kind = zipfile.ZIP_STORED if name.endswith(".flac") else zipfile.ZIP_DEFLATED
    archive.writestr(zipfile.ZipInfo(name, _TIME), content, kind)
