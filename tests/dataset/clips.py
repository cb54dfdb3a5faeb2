"""Datasets of clips for tests: sound that was made, and real speech with the words that a recogniser hears in it."""

import json
import shutil
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from tests.recorded import uploaded
from tests.shared import shared
from xtts_studio.audio.encode import write_wav
from xtts_studio.dataset import store
from xtts_studio.dataset.details import write_details
from xtts_studio.dataset.editing import edit_clips
from xtts_studio.events import Report, ignore
from xtts_studio.shapes import Chunk, ClipDetails, EditClipsRequest, EditClipsResult, SourceRecording, Word
from xtts_studio.workspace import Workspace

RATE_HZ = 22_050
Sound = NDArray[np.float32]


def add_clip(
    workspace: Workspace, sound: Sound, words: Sequence[Word] = (), rate_hz: int = RATE_HZ, **fields: object
) -> Chunk:
    """Adds a clip to the dataset "voice"; without fields it is an imported one without text."""
    with store.changing(workspace, "voice", create=True) as dataset:
        dataset.language = dataset.language or "en"
        folder = workspace.dataset("voice")
        (folder / store.CHUNKS).mkdir(parents=True, exist_ok=True)
        number = store.next_number(dataset, folder)
        duration_s = len(sound) / rate_hz
        known = {"recording": f"imported-{number}", "start_s": 0.0, "end_s": duration_s, "duration_s": duration_s}
        chunk = Chunk.model_validate({"file": f"chunks/chunk_{number:03d}.wav", **known, **fields})
        write_wav(folder / chunk.file, sound, rate_hz)
        write_details(folder, chunk.file, ClipDetails(words=list(words)))
        dataset.chunks.append(chunk)
    return chunk


def add_lj(workspace: Workspace, count: int, first: int = 0) -> list[Chunk]:
    """The recording of LJ Speech clips with known gaps, and some of its clips as chunks with words and texts."""
    source = shared("audio/long/long_en_lj_built.flac")
    segments = json.loads(source.with_suffix(".json").read_text())["segments"]
    recording = uploaded(workspace, source)
    samples, _ = soundfile.read(source, dtype="float32")
    chunks = []
    for segment in segments[first : first + count]:
        start, end = segment["start"], segment["end"]
        words = [Word.model_validate(word) for word in lj_words(segment["id"])]
        place = {"recording": recording.id, "start_s": round(start / RATE_HZ, 6), "end_s": round(end / RATE_HZ, 6)}
        known = {"text": segment["text"], "text_source": "heard", "language": "en", "confidence": 0.9}
        chunks.append(add_clip(workspace, samples[start:end], words, **place, **known))
    with store.changing(workspace, "voice") as dataset:
        if not dataset.recordings:
            dataset.recordings = [SourceRecording(id=recording.id, name=recording.name, sha256=recording.sha256)]
    return chunks


@lru_cache
def lj_words(name: str) -> list[dict[str, object]]:
    """The words heard in a clip of LJ Speech, with their times."""
    samples, _ = soundfile.read(shared(f"audio/ljspeech/wavs/{name}.wav"), dtype="float32")
    return heard(samples)


def heard(samples: Sound) -> list[dict[str, object]]:
    """The words in a clip at 22 050 Hz."""
    import soxr

    at_16k = soxr.resample(samples, RATE_HZ, 16_000).astype(np.float32)
    segments, _ = _recogniser().transcribe(at_16k, language="en", beam_size=1, word_timestamps=True)
    return [
        {
            "word": word.word.strip(),
            "start_s": round(float(word.start), 3),
            "end_s": round(float(word.end), 3),
            "probability": round(float(word.probability), 4),
        }
        for segment in segments
        for word in segment.words or []
    ]


@lru_cache
def _recogniser() -> "object":
    from faster_whisper import WhisperModel

    folder = shared("models/whisper-lj")
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, local_files_only=True)


def edit(workspace: Workspace, action: str, *chunks: Chunk, report: Report = ignore, **more: object) -> EditClipsResult:
    """Runs the step on some chunks of the dataset "voice"."""
    files = [chunk.file for chunk in chunks]
    request = EditClipsRequest.model_validate({"dataset": "voice", "action": action, "files": files, **more})
    return edit_clips(request, workspace, report)


def sound_of(workspace: Workspace, chunk: Chunk) -> Sound:
    """A clip's samples."""
    samples, _ = soundfile.read(workspace.dataset("voice") / chunk.file, dtype="float32")
    return np.asarray(samples)


def speech(seconds: float, seed: int = 0, level: float = 0.1) -> Sound:
    """Something like speech: a buzz with a voice's strength in the highs, loud for all of its duration."""
    count = round(seconds * RATE_HZ)
    time_s = np.arange(count) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * 120 * (k + 1) * time_s + seed * k) / (k + 1) for k in range(30))
    return np.asarray(level * tones, dtype=np.float32)


def room(seconds: float, seed: int = 0, level: float = 0.0003) -> Sound:
    """Noise of a quiet room."""
    noise = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return np.asarray(level * noise, dtype=np.float32)


def row(*parts: Sound) -> Sound:
    """Parts one after the other, as they are on disk with 16 bits."""
    whole = np.concatenate(parts)
    return np.asarray(np.rint(np.clip(whole, -1, 32767 / 32768) * 32768) / 32768, dtype=np.float32)


def state(workspace: Workspace) -> dict[str, bytes]:
    """All that belongs to the dataset "voice" as it is listed: metadata, and the files of the clips in it."""
    folder = workspace.dataset("voice")
    chunks = store.read(workspace, "voice").chunks
    files = [folder / chunk.file for chunk in chunks]
    files += [path.with_suffix(".json") for path in files]
    return {str(path): path.read_bytes() for path in [folder / "metadata.json", *files] if path.exists()}


def copied(workspace: Workspace, home: Path) -> Workspace:
    """A copy of a workspace, to be changed."""
    shutil.copytree(workspace.home, home, dirs_exist_ok=True)
    return Workspace(home)
