"""Chunks with moved edges are cut from their recording anew, as files of their own; the old files stay as they are."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path

from xtts_studio.dataset import store
from xtts_studio.dataset.staging import scratch
from xtts_studio.events import ignore
from xtts_studio.segment.cuts import Cut
from xtts_studio.segment.tracks import Part
from xtts_studio.segment.writing import write_chunks
from xtts_studio.shapes import Chunk, ClipDetails, Dataset, Proof, Recording, Word
from xtts_studio.transcription.context import Context
from xtts_studio.transcription.saving import Beside
from xtts_studio.transcription.task import HEARD_FLAGS, Task
from xtts_studio.transcription.verdict import Judged

_FADE_S = 0.005
_STALE = HEARD_FLAGS | {"too_short", "forced_cut", "touches_speech"}
"""Flags that speak of the edges as they were."""


@dataclass(frozen=True)
class Mended:
    """A chunk as it shall be: between these moments of its recording, with what is heard there."""

    chunk: Chunk
    start_s: float
    end_s: float
    words: list[Word]
    text: str
    confidence: float | None
    flags: list[str]
    proof: Proof
    speech_start_s: float
    speech_end_s: float

    @classmethod
    def of(cls, judged: Judged, context: Context) -> "Mended":
        start_s, end_s = judged.start_s - context.start_s, judged.end_s - context.start_s
        lead_s, tail_s = context.loudness.quiet_after(start_s), context.loudness.quiet_before(end_s)
        return cls(
            judged.chunk,
            judged.start_s,
            judged.end_s,
            judged.alone,
            judged.alone_text,
            judged.confidence,
            list(judged.flags),
            judged.proof(),
            judged.start_s + max(0.0, lead_s),
            judged.end_s - max(0.0, tail_s),
        )


def write_mended(task: Task, recording: Recording, mended: list[Mended]) -> None:
    """Writes the sounds, and puts the new chunks where the old ones were; all of them or none."""
    task.keeper.save()
    part = Part.of(task.workspace, recording, 0.0, recording.duration_s)
    for some in _apart(mended):
        cuts = [Cut(one.start_s, one.end_s, (), one.speech_start_s, one.speech_end_s) for one in some]
        with scratch(task.workspace) as folder:
            durations_s = write_chunks(cuts, part, _FADE_S, folder, ignore, 0.0)
            files = [(folder / f"{index}.wav", duration_s) for index, duration_s in enumerate(durations_s)]
            task.keeper.save(partial(_replaced, task, some, files))


def _apart(mended: list[Mended]) -> list[list[Mended]]:
    """The chunks in order, those that overlap in lists of their own: each list is one pass over the recording."""
    passes: list[list[Mended]] = []
    for one in sorted(mended, key=lambda one: one.start_s):
        free = next((some for some in passes if some[-1].end_s <= one.start_s), None)
        if free is None:
            passes.append([one])
        else:
            free.append(one)
    return passes


def _replaced(task: Task, mended: list[Mended], files: list[tuple[Path, float]], dataset: Dataset) -> Beside:
    beside: Beside = []
    number = store.next_number(dataset, task.folder)
    places = {chunk.file: index for index, chunk in enumerate(dataset.chunks)}
    for one, (made, duration_s) in zip(mended, files, strict=True):
        at = places.get(one.chunk.file)
        if at is None:  # somebody has split, merged or removed it meanwhile
            continue
        new = f"{store.CHUNKS}/chunk_{number:03d}.wav"
        made.rename(task.folder / new)
        number += 1
        dataset.chunks[at] = _new_chunk(dataset.chunks[at], one, new, duration_s)
        beside.append((new, _Details(one)))
        task.result.mended += 1
    return beside


def _new_chunk(now: Chunk, mended: Mended, file: str, duration_s: float) -> Chunk:
    heard = {"text": mended.text, "confidence": mended.confidence} if now.text_source == "heard" else {}
    return now.model_copy(
        update={
            "file": file,
            "start_s": mended.start_s,
            "end_s": mended.end_s,
            "duration_s": round(duration_s, 6),
            "flags": [flag for flag in now.flags if flag not in _STALE] + mended.flags,
            **heard,
        }
    )


class _Details:
    def __init__(self, mended: Mended) -> None:
        self._mended = mended

    def __call__(self, details: ClipDetails) -> ClipDetails:
        return ClipDetails(words=self._mended.words, proof=self._mended.proof)
