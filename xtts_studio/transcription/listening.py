"""The first pass over a dataset: what is said in each chunk that has no text yet."""

import time
from collections import Counter
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from xtts_studio.audio.mix import Samples
from xtts_studio.events import Log, Metric
from xtts_studio.shapes import Chunk, ClipDetails, Dataset
from xtts_studio.transcription.recogniser import LONGEST_CLIP_S, RATE_HZ, Heard
from xtts_studio.transcription.saving import Beside
from xtts_studio.transcription.task import HEARD_FLAGS, Task

_DETECTION_CLIPS = 5
TIMES_REAL_TIME = "times_real_time"
"""The metric of how many seconds of sound are heard in a second, since the pass began."""


def listen(task: Task, todo: list[Chunk]) -> None:
    """Writes down what is heard in the chunks `todo`. A text that somebody types meanwhile stays.

    Chunks without words get the flag `no_speech`.
    """
    if not todo:
        return
    done, heard_s, began = 0, 0.0, time.monotonic()
    try:
        for batch in _batches(task, todo):
            task.progress(done / len(todo), f"Transcribing {done + 1} of {len(todo)}")
            sounds = [(chunk, sound) for chunk in batch if (sound := task.sound(chunk.file)) is not None]
            if sounds:
                _hear(task, sounds, todo)
            done += len(batch)
            heard_s += sum(chunk.duration_s for chunk in batch)
            task.report(Metric(done, TIMES_REAL_TIME, heard_s / max(time.monotonic() - began, 1e-3)))
    finally:
        task.keeper.save(_with_language)


def _batches(task: Task, todo: list[Chunk]) -> Iterator[list[Chunk]]:
    """As many chunks as are heard together, each time of one recording and language."""
    for _, alike in groupby(todo, key=lambda chunk: (chunk.recording, chunk.language)):
        chunks = list(alike)
        while chunks:
            yield chunks[: task.recogniser.batch]
            chunks = chunks[task.recogniser.batch :]


def _hear(task: Task, sounds: list[tuple[Chunk, Samples]], todo: list[Chunk]) -> None:
    language = task.language(sounds[0][0], lambda: _some_sounds(task, sounds[0][0].recording, todo))
    for (chunk, _), heard in zip(sounds, hear_all(task, [sound for _, sound in sounds], language), strict=True):
        task.result.transcribed += 1
        task.result.empty += not heard.text
        task.result.languages[language] = task.result.languages.get(language, 0) + 1
        task.keeper.later(chunk.file, _Writing(chunk.text, heard), _Replacing(heard))
        task.report(Log(f"{Path(chunk.file).name}: {heard.text or '(no words)'}"))


def hear_all(task: Task, sounds: list[Samples], language: str) -> list[Heard]:
    """What is heard in sounds of any length, those of usual length together."""
    short = [sound for sound in sounds if sound.size <= LONGEST_CLIP_S * RATE_HZ]
    found = iter(task.recogniser.hear_clips(short, language, task.hints))
    return [
        next(found)
        if sound.size <= LONGEST_CLIP_S * RATE_HZ
        else task.recogniser.hear(sound, language, hints=task.hints)
        for sound in sounds
    ]


def _some_sounds(task: Task, recording: str, todo: list[Chunk]) -> list[Samples]:
    files = [chunk.file for chunk in todo if chunk.recording == recording]
    some = files[:: max(1, len(files) // _DETECTION_CLIPS)][:_DETECTION_CLIPS]
    return [sound for file in some if (sound := task.sound(file)) is not None]


class _Writing:
    """Puts what was heard into a chunk whose text is still the one from before."""

    def __init__(self, before: str, heard: Heard) -> None:
        self._before, self._heard = before, heard

    def __call__(self, chunk: Chunk) -> Chunk | None:
        return written_down(chunk, self._heard) if chunk.text == self._before else None


class _Replacing:
    def __init__(self, heard: Heard) -> None:
        self._heard = heard

    def __call__(self, details: ClipDetails) -> ClipDetails:
        return details.model_copy(update={"words": self._heard.words, "proof": None})


def written_down(chunk: Chunk, heard: Heard) -> Chunk:
    """The chunk with what was heard in it; flags that spoke of an earlier hearing are gone."""
    flags = [flag for flag in chunk.flags if flag not in HEARD_FLAGS]
    return chunk.model_copy(
        update={
            "text": heard.text,
            "text_source": "heard" if heard.text else None,
            "language": heard.language,
            "words": [],
            "confidence": heard.confidence,
            "flags": flags if heard.text else [*flags, "no_speech"],
        }
    )


def _with_language(dataset: Dataset) -> Beside:
    """A dataset without a language gets the one that most of its chunks are in."""
    spoken = Counter(chunk.language for chunk in dataset.chunks if chunk.language)
    if dataset.language is None and spoken:
        dataset.language = spoken.most_common(1)[0][0]
    return []
