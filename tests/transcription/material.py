"""Datasets cut from known recordings, and what is said in them."""

import json
import re
from typing import Any

import numpy as np

from tests.recorded import uploaded
from tests.shared import shared
from xtts_studio.audio.decode import read_mono
from xtts_studio.audio.encode import write_wav
from xtts_studio.dataset import store
from xtts_studio.events import Event, ignore
from xtts_studio.recordings import original_path
from xtts_studio.segment.steps import chunk
from xtts_studio.shapes import Chunk, ChunkRequest, Recording, TranscribeRequest, TranscribeResult
from xtts_studio.transcription.job import transcribe
from xtts_studio.workspace import Workspace

MODEL = "lj"
LONG = "audio/long/long_en_lj_built"
NO_PAUSE = "audio/long/long_en_lj_nopause"
RATE_HZ = 22_050


def plain(text: str) -> str:
    return " ".join(re.sub(r"[^a-z' ]", " ", text.lower()).split())


def said(recording: str = LONG) -> list[str]:
    """The sentences of a recording, in order."""
    known: dict[str, Any] = json.loads(shared(f"{recording}.json").read_text("utf-8"))
    return [one["text"] for one in known["segments"]]


def cut(workspace: Workspace, dataset: str, recording: str = LONG, **options: Any) -> Recording:
    """Makes a dataset of (a part of) a recording."""
    found = uploaded(workspace, shared(f"{recording}.flac"))
    chunk(ChunkRequest(recording_id=found.id, dataset=dataset, **options), workspace, ignore)
    return found


def run(workspace: Workspace, dataset: str, report: Any = ignore, **options: Any) -> TranscribeResult:
    """Transcribes a dataset."""
    request = TranscribeRequest(dataset=dataset, whisper_model=MODEL, **options)
    return transcribe(request, workspace, report)


def chunks_of(workspace: Workspace, dataset: str) -> list[Chunk]:
    return store.read(workspace, dataset).chunks


def move_edges(workspace: Workspace, dataset: str, recording: Recording, moved: dict[str, tuple[float, float]]) -> None:
    """Cuts chunks anew between other moments of their recording, as a careless hand would, and forgets their texts."""
    samples = read_mono(original_path(workspace, recording), RATE_HZ)
    with store.changing(workspace, dataset) as changed:
        for one in changed.chunks:
            if one.file in moved:
                start_s, end_s = moved[one.file]
                piece = samples[round(start_s * RATE_HZ) : round(end_s * RATE_HZ)]
                write_wav(workspace.dataset(dataset) / one.file, piece, RATE_HZ)
                one.start_s, one.end_s, one.duration_s = start_s, end_s, len(piece) / RATE_HZ
                one.text, one.text_source, one.flags = "", None, []


def with_sounds(workspace: Workspace, name: str, sounds: dict[str, np.ndarray]) -> None:
    """A dataset of given sounds, whose recording is unknown."""
    with store.changing(workspace, name, create=True) as dataset:
        folder = workspace.dataset(name) / store.CHUNKS
        folder.mkdir(parents=True)
        for sound, samples in sounds.items():
            write_wav(folder / f"{sound}.wav", samples.astype(np.float32), RATE_HZ)
            duration_s = len(samples) / RATE_HZ
            dataset.chunks.append(
                Chunk(file=f"chunks/{sound}.wav", recording="r", start_s=0, end_s=duration_s, duration_s=duration_s)
            )


def logged(events: list[Event]) -> list[str]:
    return [event.message for event in events if event.kind == "log"]  # type: ignore[union-attr]
