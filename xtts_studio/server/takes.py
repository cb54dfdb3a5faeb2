"""Takes: sentences of a speech spoken once more, each kept with its speech, and speech put together of them."""

import io
import time
import wave
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from sqlalchemy import Engine, delete, exists, insert, literal, select

from xtts_studio.errors import Conflict, InvalidInput, NotFound
from xtts_studio.jobs.database import history, takes
from xtts_studio.jobs.job import now
from xtts_studio.server import bodies
from xtts_studio.server.history import HEADER_BYTES, SAMPLE_RATE_HZ, History, SpeechFile, new_speech_id
from xtts_studio.shapes import SpeakRequest, SpeakResult
from xtts_studio.workspace import Workspace, check_id, written_whole

_BLOCK_SAMPLES = 1 << 18
_Span = tuple[int, int]
_Source = tuple[Path, int, int]
"""A file of the history and which of its samples: the first, and the one after the last."""


class Takes:
    """The takes of one workspace. Sentences count from 0."""

    def __init__(self, engine: Engine, workspace: Workspace, said: History) -> None:
        self._engine, self._history = engine, said
        self._folder = workspace.history / "takes"

    def of(self, speech_id: str) -> bodies.Takes:
        """The sentences of a speech and their takes, oldest first; raises `NotFound`, `Conflict`."""
        _, result, spans = self._speech(speech_id)
        sentences = [
            bodies.SpokenSentence(text=text, audio_s=(end - begin) / SAMPLE_RATE_HZ)
            for text, (begin, end) in zip(result.sentences, spans, strict=True)
        ]
        return bodies.Takes(sentences=sentences, takes=self._list(speech_id))

    def request(self, speech_id: str, sentence: int, seed: int) -> SpeakRequest:
        """What makes another take: the sentence alone, as the speech was asked for.

        Raises `NotFound`, `Conflict`, and `InvalidInput` for a sentence that the speech doesn't have.
        """
        request, result, _ = self._speech(speech_id)
        _check_sentence(sentence, result)
        alone = {"text": result.sentences[sentence], "seed": seed, "split": False, "paragraph_pause_ms": 0}
        return request.model_copy(update={**alone, "precision": result.precision})

    def keeper(self, speech_id: str, sentence: int) -> "TakeKeeper":
        """Where a take is kept while it is made."""
        return TakeKeeper(self._engine, self._folder, speech_id, sentence)

    def take(self, speech_id: str, take_id: str) -> bodies.Take:
        """One take; raises `NotFound`, also for a take of another speech."""
        found = [take for take in self._list(speech_id) if take.id == take_id]
        if not found:
            raise NotFound(
                f"The speech {speech_id!r} has no take {take_id!r}.",
                hint="Choose one of those that its list of takes has.",
            )
        return found[0]

    def audio_path(self, speech_id: str, take_id: str) -> Path:
        """The WAV file of a take; raises `NotFound`."""
        take = self.take(speech_id, take_id)
        path = _path(self._folder, take.id)
        if not path.is_file():
            raise NotFound(f"The sound of the take {take_id!r} is gone.", hint="Make another take.")
        return path

    def sentence_wav(self, speech_id: str, sentence: int) -> bytes:
        """A WAV file of one sentence as the speech has it; raises as `request` does."""
        _, result, spans = self._speech(speech_id)
        _check_sentence(sentence, result)
        file = io.BytesIO()
        with wave.open(file, "wb") as out:
            out.setnchannels(1)
            out.setsampwidth(2)
            out.setframerate(SAMPLE_RATE_HZ)
            for block in _samples((self._history.audio_path(speech_id), *spans[sentence])):
                out.writeframes(block)
        return file.getvalue()

    def delete(self, speech_id: str, take_id: str) -> None:
        """Forgets one take and removes its file; raises `NotFound`. Speech that it was joined to keeps its sound."""
        take = self.take(speech_id, take_id)
        with self._engine.begin() as connection:
            connection.execute(delete(takes).where(takes.c.id == take.id))
        _path(self._folder, take.id).unlink(missing_ok=True)

    def forget(self, speech_id: str) -> None:
        """Removes the takes of a speech that is gone from the history."""
        going = self._list(speech_id)
        with self._engine.begin() as connection:
            connection.execute(delete(takes).where(takes.c.speech_id == speech_id))
        for take in going:
            _path(self._folder, take.id).unlink(missing_ok=True)

    # Putting together

    def join(self, speech_id: str, chosen: list[str | None]) -> bodies.Speech:
        """A new speech: for each sentence the chosen take, or the speech's own (None), with the speech's own pauses.

        Raises `NotFound`, `Conflict`, and `InvalidInput` where the choice doesn't fit the sentences.
        """
        began = time.monotonic()
        request, result, spans = self._speech(speech_id)
        _check_count(chosen, result)
        picked = [None if take_id is None else self._picked(speech_id, take_id, n) for n, take_id in enumerate(chosen)]
        own = self._history.audio_path(speech_id)
        new_id, new_spans, at = new_speech_id(), [], 0
        with self._history.recording(new_id) as file:
            for take, (begin, end) in zip(picked, spans, strict=True):
                _copy((own, at, begin), file)
                start = file.samples
                _copy((own, begin, end) if take is None else _whole(self.audio_path(speech_id, take.id)), file)
                new_spans.append((start, file.samples))
                at = end
            _copy((own, at, _length(own)), file)
        made = {
            "spans": new_spans,
            "audio_s": file.samples / SAMPLE_RATE_HZ,
            "wall_s": time.monotonic() - began,
            "first_sound_s": None,
        }
        joined = {take.sentence: take for take in self._history.joined(speech_id)}
        joined |= {take.sentence: bodies.JoinedTake(sentence=take.sentence, seed=take.seed) for take in picked if take}
        in_order = [joined[sentence] for sentence in sorted(joined)]
        return self._history.add(new_id, request, result.model_copy(update=made), in_order)

    def _picked(self, speech_id: str, take_id: str, sentence: int) -> bodies.Take:
        take = self.take(speech_id, take_id)
        if take.sentence != sentence:
            raise InvalidInput(
                f"The take {take_id!r} is of sentence {take.sentence}, not of {sentence}.",
                hint="Give the takes in the order of the sentences, null for those as they were.",
            )
        return take

    def _speech(self, speech_id: str) -> tuple[SpeakRequest, SpeakResult, list[_Span]]:
        request, result = self._history.recipe(check_id(speech_id, "speech id"))
        if result.spans is None or len(result.spans) != len(result.sentences):
            raise Conflict(
                "Where the sentences of this speech begin and end was not kept when it was made.",
                hint="Generate it once more with the same settings; then its sentences can have takes.",
            )
        return request, result, result.spans

    def _list(self, speech_id: str) -> list[bodies.Take]:
        with self._engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            chosen = select(takes).where(takes.c.speech_id == speech_id).order_by(takes.c.number)
            rows = connection.execute(chosen).mappings().all()
        return [bodies.Take(**{name: row[name] for name in bodies.Take.model_fields}) for row in rows]


class TakeKeeper:
    """Keeps one take of a sentence, with its speech."""

    def __init__(self, engine: Engine, folder: Path, speech_id: str, sentence: int) -> None:
        self._engine, self._folder = engine, folder
        self._speech_id, self._sentence = speech_id, sentence

    def recording(self, take_id: str) -> AbstractContextManager[SpeechFile]:
        """The file for the take; it appears once it is whole, or never."""
        return _recording(_path(self._folder, take_id))

    def add(self, take_id: str, request: SpeakRequest, result: SpeakResult) -> None:
        """Keeps the row of a take whose file is there; raises `NotFound` where its speech was deleted meanwhile."""
        row = {
            "id": take_id,
            "speech_id": self._speech_id,
            "sentence": self._sentence,
            "seed": result.seed,
            "audio_s": result.audio_s,
            "created_at": now(),
        }
        values = select(*(literal(value) for value in row.values())).where(
            exists().where(history.c.id == self._speech_id)
        )
        with self._engine.begin() as connection:
            kept = connection.execute(insert(takes).from_select(list(row), values)).rowcount
        if not kept:
            _path(self._folder, take_id).unlink(missing_ok=True)
            raise NotFound(f"The speech {self._speech_id!r} was deleted meanwhile.", hint="Generate it once more.")


@contextmanager
def _recording(path: Path) -> Iterator[SpeechFile]:
    with written_whole(path) as temporary:
        file = SpeechFile(temporary)
        try:
            yield file
        finally:
            file.close()


def _check_sentence(sentence: int, result: SpeakResult) -> None:
    count = len(result.sentences)
    if not 0 <= sentence < count:
        raise InvalidInput(
            f"The speech has no sentence {sentence}.", hint=f"It has {count}, counted from 0 to {count - 1}."
        )


def _check_count(chosen: list[str | None], result: SpeakResult) -> None:
    if len(chosen) != len(result.sentences):
        raise InvalidInput(
            f"There are {len(chosen)} takes for {len(result.sentences)} sentences.",
            hint="Give one for each sentence, null for those that stay as they were.",
        )


def _path(folder: Path, take_id: str) -> Path:
    return folder / f"{take_id}.wav"


def _length(path: Path) -> int:
    return (path.stat().st_size - HEADER_BYTES) // 2


def _whole(path: Path) -> _Source:
    return path, 0, _length(path)


def _copy(source: _Source, file: SpeechFile) -> None:
    for block in _samples(source):
        file.write(block)


def _samples(source: _Source) -> Iterator[bytes]:
    """16-bit samples, block by block."""
    path, begin, end = source
    with path.open("rb") as file:
        file.seek(HEADER_BYTES + 2 * begin)
        left = end - begin
        while left > 0 and (block := file.read(2 * min(left, _BLOCK_SAMPLES))):
            left -= len(block) // 2
            yield block
