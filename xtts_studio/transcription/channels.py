"""Two channels are two speakers: each chunk belongs to the one that is louder in it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.sound_file import AudioFile
from xtts_studio.errors import AudioError, NotFound
from xtts_studio.recordings import get_recording, original_path
from xtts_studio.shapes import Chunk, Recording
from xtts_studio.transcription.task import Task

_FRAME_S = 0.02
_SAME_DB = 0.5


def name_speakers(task: Task) -> None:
    """Writes to each chunk who speaks: the channel of its recording that is louder while it lasts.

    Recordings with one channel, or with the same in all of them, get a notice and no speakers.
    """
    chunks = task.chunks()
    for number, recording_id in enumerate(dict.fromkeys(chunk.recording for chunk in chunks)):
        task.progress(1.0, f"Telling speakers apart in recording {number + 1}")
        own = [chunk for chunk in chunks if chunk.recording == recording_id]
        for chunk, speaker in zip(own, _speakers(task, recording_id, own), strict=True):
            if speaker is not None:
                task.keeper.later(chunk.file, _Speaking(speaker))
    task.keeper.save()


class _Speaking:
    def __init__(self, speaker: str) -> None:
        self._speaker = speaker

    def __call__(self, chunk: Chunk) -> Chunk:
        return chunk.model_copy(update={"speaker": self._speaker})


def _speakers(task: Task, recording_id: str, chunks: list[Chunk]) -> list[str | None]:
    nobody: list[str | None] = [None] * len(chunks)
    try:
        recording = get_recording(task.workspace, recording_id)
        if recording.channels < 2:
            task.notice(f"{recording.name} has one channel, so its speakers can't be told apart by channel.")
            return nobody
        levels = _levels(original_path(task.workspace, recording), recording, chunks)
    except (NotFound, AudioError, ValueError):
        task.notice("A recording is gone, so the speakers of its chunks can't be told apart by channel.")
        return nobody
    decibels = 10 * np.log10(np.maximum(levels, 1e-12))
    if np.ptp(decibels, axis=1).max(initial=0.0) < _SAME_DB:
        task.notice(f"The channels of {recording.name} hold the same, so its speakers can't be told apart.")
        return nobody
    return [_name(int(channel), recording.channels) for channel in levels.argmax(axis=1)]


def _name(channel: int, channels: int) -> str:
    return ("left", "right")[channel] if channels == 2 else f"channel {channel + 1}"


def _levels(path: Path, recording: Recording, chunks: list[Chunk]) -> NDArray[np.float64]:
    """Energy of each channel during each chunk, (chunks, channels); one pass over the recording."""
    frames = np.concatenate([np.zeros((1, recording.channels), dtype=np.float32), *_frames(path)])
    summed = np.cumsum(frames, axis=0, dtype=np.float64)
    edges = np.array([[chunk.start_s, chunk.end_s] for chunk in chunks])
    at = np.clip(np.rint(edges / _FRAME_S).astype(int), 0, len(summed) - 1)
    return np.asarray((summed[at[:, 1]] - summed[at[:, 0]]) / np.maximum(1, at[:, 1] - at[:, 0])[:, None])


def _frames(path: Path) -> Iterator[NDArray[np.float32]]:
    """Mean square of each channel in frames of 20 ms, (frames, channels), block by block."""
    with AudioFile(path) as file:
        size = round(_FRAME_S * file.sample_rate_hz)
        held = np.zeros((file.channels, 0), dtype=np.float32)
        for block in file.blocks():
            held = np.concatenate([held, block], axis=1)
            whole = held.shape[1] // size
            yield np.square(held[:, : whole * size].reshape(len(held), whole, size)).mean(axis=2).T
            held = held[:, whole * size :]
