"""A dataset that somebody else wrote: which format it is in, and its clips one by one."""

import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from xtts_studio.dataset.exchange.records import Record
from xtts_studio.dataset.exchange.sources import Source
from xtts_studio.dataset.store import CHUNKS
from xtts_studio.errors import DatasetError
from xtts_studio.shapes import Dataset, Rejection

Format = Literal["ljspeech", "coqui", "audiofolder", "parquet", "zip"]

MOST_TEXT_BYTES = 256 * 1024**2
"""Of one metadata file."""

TEXTS = ("text", "transcription", "transcript", "sentence", "raw_transcription", "normalized_text")
LANGUAGES = ("language", "lang", "locale")
SPEAKERS = ("speaker", "speaker_name", "speaker_id", "client_id")
"""How columns of foreign tables are called, the likeliest first."""

SOUND_SUFFIXES = (
    *(".wav", ".flac", ".mp3", ".ogg", ".opus", ".m4a", ".aac", ".webm"),
    *(".aiff", ".aif", ".wma", ".caf", ".mp4", ".au", ".w64"),
)


SAFE_FILE = re.compile(rf"{CHUNKS}/\w[\w .\-]{{0,120}}\.wav")
"""What a clip's file may be called when it comes from elsewhere."""


class Keeping(Protocol):
    """What goes along with a dataset that is made anew."""

    def fetch(self, folder: Path) -> str | None:
        """Writes its files to a folder; gives a notice where they are left behind."""


@dataclass
class Clip:
    """A clip as it was found.

    `name` is what its dataset calls it; `sound` gives a file to read from, until the next one is asked for. `order` is
    its place in the dataset it was exported from.
    """

    name: str
    text: str
    sound: Callable[[], Path]
    language: str | None = None
    speaker: str | None = None
    record: Record | None = None
    order: int | None = None


@dataclass
class Reading:
    """A dataset being read. `clips` can be gone through once; what can't be taken comes as its reason."""

    format: Format
    count: int
    clips: Iterator[Clip | Rejection]
    language: str | None = None
    head: Dataset | None = None
    notices: list[str] = field(default_factory=list)
    keepsakes: Keeping | None = None


class Sounds:
    """Finds the sound file that a row means, in the folder of its metadata file."""

    def __init__(self, sizes: Mapping[str, int], base: str) -> None:
        self._sizes, self._base = sizes, base

    def find(self, name: str) -> str | None:
        """The file that `name` means: with or without its folder or suffix, from wherever its dataset lay before."""
        name = name.strip().replace("\\", "/")
        for path in (name, posixpath.basename(name)) if name else ():
            for folder in ("", "wavs", "clips", "audio"):
                stem = posixpath.normpath(posixpath.join(self._base, folder, path))
                for suffix in ("", *SOUND_SUFFIXES):
                    if stem + suffix in self._sizes and _is_sound(stem + suffix):
                        return stem + suffix
        return None

    def all(self) -> Iterator[str]:
        """The sound files below the folder."""
        prefix = f"{self._base}/" if self._base else ""
        yield from (name for name in self._sizes if name.startswith(prefix) and _is_sound(name))


def topmost(source: Source, *wanted: str) -> str | None:
    """The file of one of these names that lies highest, the first wanted first."""
    found = [name for name in source.sizes if posixpath.basename(name) in wanted]
    return min(found, key=lambda name: (name.count("/"), wanted.index(posixpath.basename(name)), name), default=None)


def refuse_another(source: Source, found: str) -> None:
    """Raises `DatasetError` where a table of the same name lies as high in another folder: that is another dataset."""
    like = [name for name in source.sizes if posixpath.basename(name) == posixpath.basename(found) and name != found]
    another = next((name for name in sorted(like) if name.count("/") == found.count("/")), None)
    if another is not None:
        raise DatasetError(
            f"There is more than one dataset in it: {found} and {another}.",
            hint="Import them one by one: each as a zip, or a folder, of its own.",
        )


def ending(source: Source, suffix: str) -> list[str]:
    """The files whose names end like this, in order."""
    return sorted(name for name in source.sizes if name.endswith(suffix))


def nothing_found(wanted: str, source: Source) -> DatasetError:
    """The error for a source without the files of a format."""
    there = sorted(source.sizes)[:5]
    return DatasetError(
        f"No {wanted} was found in it. It holds {', '.join(there) if there else 'no files'}"
        f"{' …' if len(source.sizes) > len(there) else ''}",
        hint="Import a dataset in the format of LJSpeech, Coqui, Hugging Face (audiofolder, Parquet) or our own zip; "
        "sound without texts is uploaded as recordings.",
    )


def _is_sound(name: str) -> bool:
    return name.lower().endswith(SOUND_SUFFIXES)
