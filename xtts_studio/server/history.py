"""Speech that was made: rows in the database, WAV files in the workspace's `data/history`."""

import uuid
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import Engine, RowMapping, delete, func, insert, select

from xtts_studio.errors import NotFound
from xtts_studio.jobs.database import history
from xtts_studio.jobs.job import now
from xtts_studio.server.bodies import Speech
from xtts_studio.shapes import SpeakRequest, SpeakResult
from xtts_studio.workspace import Workspace, check_id, written_whole

SAMPLE_RATE_HZ = 24_000
HEADER_BYTES = 44
"""What comes before the samples in a WAV file as `SpeechFile` writes it."""


def read_pcm16(path: Path, block_bytes: int) -> Iterator[bytes]:
    """The samples of a file that `SpeechFile` wrote, block by block."""
    with path.open("rb") as file:
        file.seek(HEADER_BYTES)
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

    def add(self, speech_id: str, request: SpeakRequest, result: SpeakResult) -> Speech:
        """Keeps the row of a speech whose file is there."""
        with self._engine.begin() as connection:
            connection.execute(
                insert(history).values(
                    id=speech_id,
                    request=request.model_dump(mode="json"),
                    seed=result.seed,
                    audio_s=result.audio_s,
                    wall_s=result.wall_s,
                    created_at=now(),
                    **result.model_dump(include={"first_sound_s", "precision", "sentences", "notices"}),
                )
            )
            return _speech(connection.execute(select(history).where(history.c.id == speech_id)).mappings().one())

    def page(self, limit: int, offset: int) -> tuple[list[Speech], int]:
        """A page of what was said, newest first, and how many there are."""
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            total = connection.scalar(select(func.count()).select_from(history)) or 0
            rows = connection.execute(
                select(history).order_by(history.c.number.desc()).limit(limit).offset(offset)
            ).mappings()
            return [_speech(row) for row in rows], total

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


def _speech(row: RowMapping) -> Speech:
    request = row["request"]
    told = {name: request[name] for name in ("text", "language", "speaker", "model")}
    settings = {name: value for name, value in request.items() if name not in {*told, "seed"}}
    fields = {
        name: row[name] for name in ("id", "seed", "audio_s", "wall_s", "created_at", "first_sound_s", "precision")
    }
    fields |= {name: row[name] or [] for name in ("sentences", "notices")}
    return Speech(**told, **fields, settings=settings)
