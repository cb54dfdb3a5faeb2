"""Speech that was made: rows in the database, WAV files in the workspace's `data/history`."""

import uuid
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import ColumnElement, Engine, RowMapping, delete, func, insert, or_, select

from xtts_studio.errors import NotFound
from xtts_studio.jobs.database import history
from xtts_studio.jobs.job import now
from xtts_studio.server.bodies import JoinedTake, Speech
from xtts_studio.shapes import SpeakRequest, SpeakResult
from xtts_studio.workspace import Workspace, check_id, written_whole

SAMPLE_RATE_HZ = 24_000
HEADER_BYTES = 44
"""What comes before the samples in a WAV file as `SpeechFile` writes it."""


def read_pcm16(path: Path, block_bytes: int, at_bytes: int = 0) -> Iterator[bytes]:
    """The samples of a file that `SpeechFile` wrote from this byte of them on, block by block."""
    with path.open("rb") as file:
        file.seek(HEADER_BYTES + at_bytes)
        while block := file.read(block_bytes):
            yield block


class SpeechFile:
    """A WAV file that grows while speech is made; 24 kHz, mono, 16 bit."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115  closed by `close`
        self._wave.setnchannels(1)
        self._wave.setsampwidth(2)
        self._wave.setframerate(SAMPLE_RATE_HZ)
        self.samples = 0

    def write(self, pcm: bytes) -> None:
        """Appends 16-bit samples; readers have them at once."""
        self._wave.writeframes(pcm)
        self._file.flush()
        self.samples += len(pcm) // 2

    def reader(self) -> BinaryIO:
        """Reads the samples from the first on, also while more are written and when the file gets its name."""
        file = self._path.open("rb", buffering=0)
        file.seek(HEADER_BYTES)
        return file

    def close(self) -> None:
        """Completes the header."""
        self._wave.close()
        self._file.close()


class History:
    """The speech of one workspace."""

    def __init__(self, engine: Engine, workspace: Workspace) -> None:
        self._engine = engine
        self._folder = workspace.history

    def audio_path(self, speech_id: str) -> Path:
        """The WAV file of a speech; raises `NotFound`."""
        path = self._path(check_id(speech_id, "speech id"))
        if not path.is_file():
            raise NotFound(f"There is no speech {speech_id!r}.")
        return path

    @contextmanager
    def recording(self, speech_id: str) -> Iterator[SpeechFile]:
        """The file for new speech; it appears once it is whole, or never."""
        with written_whole(self._path(speech_id)) as temporary:
            file = SpeechFile(temporary)
            try:
                yield file
            finally:
                file.close()

    def add(
        self, speech_id: str, request: SpeakRequest, result: SpeakResult, joined: list[JoinedTake] | None = None
    ) -> Speech:
        """Keeps the row of a speech whose file is there; `joined` are the takes it was put together of, if it was."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(history).values(
                    id=speech_id,
                    request=request.model_dump(mode="json"),
                    seed=result.seed,
                    audio_s=result.audio_s,
                    wall_s=result.wall_s,
                    created_at=now(),
                    joined=None if joined is None else [take.model_dump() for take in joined],
                    **result.model_dump(include={"first_sound_s", "precision", "sentences", "notices", "spans"}),
                )
            )
            return _speech(connection.execute(select(history).where(history.c.id == speech_id)).mappings().one())

    def page(self, limit: int, offset: int, words: str = "") -> tuple[list[Speech], int]:
        """A page of what was said, newest first, and how many there are: with these words in text, voice or model."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            fits = [_mentions(word) for word in words.split()]
            total = connection.scalar(select(func.count()).select_from(history).where(*fits)) or 0
            rows = connection.execute(
                select(history).where(*fits).order_by(history.c.number.desc()).limit(limit).offset(offset)
            ).mappings()
            return [_speech(row) for row in rows], total

    def recipe(self, speech_id: str) -> tuple[SpeakRequest, SpeakResult]:
        """What a speech was asked for and what it became; raises `NotFound`."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            row = connection.execute(select(history).where(history.c.id == speech_id)).mappings().one_or_none()
        if row is None:
            raise NotFound(f"There is no speech {speech_id!r}.", hint="It may have been deleted.")
        names = ("seed", "audio_s", "wall_s", "first_sound_s", "spans")
        told = {name: row[name] for name in names} | {name: row[name] or [] for name in ("sentences", "notices")}
        result = SpeakResult(**told, precision=row["precision"] or "float32")
        return SpeakRequest(**row["request"]), result

    def joined(self, speech_id: str) -> list[JoinedTake]:
        """The other takes that a speech was put together of; none where it was spoken as it is."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            kept = connection.scalar(select(history.c.joined).where(history.c.id == speech_id))
        return [JoinedTake(**take) for take in kept or []]

    def delete(self, speech_id: str) -> None:
        """Forgets a speech and removes its file; raises `NotFound`."""
        path = self._path(check_id(speech_id, "speech id"))
        with self._engine.begin() as connection:
            found = connection.execute(delete(history).where(history.c.id == speech_id)).rowcount
        path.unlink(missing_ok=True)
        if not found:
            raise NotFound(f"There is no speech {speech_id!r}.")

    def _path(self, speech_id: str) -> Path:
        return self._folder / f"{speech_id}.wav"


def new_speech_id() -> str:
    return uuid.uuid4().hex


def _mentions(word: str) -> ColumnElement[bool]:
    """Rows with this word, or part of one, in upper or lower case."""
    places = (func.json_extract(history.c.request, f"$.{name}") for name in ("text", "speaker", "model"))
    return or_(*(func.instr(func.casefold(place), word.casefold()) > 0 for place in places))


def _speech(row: RowMapping) -> Speech:
    request = row["request"]
    told = {name: request[name] for name in ("text", "language", "speaker", "model")}
    settings = {name: value for name, value in request.items() if name not in {*told, "seed"}}
    fields = {
        name: row[name] for name in ("id", "seed", "audio_s", "wall_s", "created_at", "first_sound_s", "precision")
    }
    fields |= {name: row[name] or [] for name in ("sentences", "notices")}
    fields["joined"] = row["joined"]
    fields["has_takes"] = row["spans"] is not None
    return Speech(**told, **fields, settings=settings)
