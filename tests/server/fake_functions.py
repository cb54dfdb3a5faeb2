"""Stand-ins for the heavy steps: same requests and results, and a dataset's name says what shall happen."""

import os
import signal
import time

import numpy as np

from xtts_studio import shapes
from xtts_studio.dataset import store
from xtts_studio.errors import AudioError, DatasetError
from xtts_studio.events import Artifact, Log, Metric, Progress, Report, Sound
from xtts_studio.workspace import Workspace, write_json

POINTS = 200


def chunk(request: shapes.ChunkRequest, workspace: Workspace, report: Report) -> shapes.ChunkResult:
    """Makes a dataset of three chunks; `slow` takes its time, `killed` and `broken` come to an end."""
    if request.dataset == "killed":
        os.kill(os.getpid(), signal.SIGKILL)
    if request.dataset == "broken":
        raise ZeroDivisionError("a secret of the code")
    if request.dataset == "slow":
        for _ in range(600):
            report(Progress(0.1, "Cutting slowly"))
            time.sleep(0.05)
    with store.changing(workspace, request.dataset, create=True) as dataset:
        folder = workspace.dataset(request.dataset) / "chunks"
        folder.mkdir(parents=True, exist_ok=True)
        for number in (1, 2, 3):
            file = f"chunks/chunk_{number:03d}.wav"
            (folder.parent / file).write_bytes(b"RIFF" + bytes(range(200)))
            dataset.chunks.append(
                shapes.Chunk(file=file, recording=request.recording_id, start_s=number, end_s=number + 1, duration_s=1)
            )
    return shapes.ChunkResult(dataset=request.dataset, added=3, total=3, duration_s=3)


def transcribe(request: shapes.TranscribeRequest, workspace: Workspace, report: Report) -> shapes.TranscribeResult:
    """Says which model it was asked to take."""
    report(Log(f"with {request.whisper_model}"))
    return shapes.TranscribeResult(dataset=request.dataset, transcribed=3, notices=[request.whisper_model])


def train(request: shapes.TrainRequest, workspace: Workspace, report: Report) -> shapes.TrainResult:
    """Tells many metrics, the last of which is not a number."""
    if request.name == "refused":
        raise DatasetError("No chunk can be trained on.", hint="Transcribe it first.")
    report(Artifact("data/runs/run-7", "run"))
    for step in range(1, POINTS + 1):
        report(Metric(step, "loss", 1 / step))
        if request.name == "slowly":
            time.sleep(0.01)
    report(Metric(POINTS + 1, "loss", float("nan")))
    return shapes.TrainResult(
        run_id="run-7",
        model=request.name,
        steps=POINTS,
        epochs=1,
        train_loss=float("nan"),
        eval_loss=None,
        dataset_version=1,
        usable=3,
        rejected=[],
        wall_s=1,
    )


def probe(request: shapes.ProbeRequest, workspace: Workspace, report: Report) -> shapes.Forecast:
    """Says how many clips a step was asked for, as seconds."""
    clips = float(request.training.effective_batch or 0)
    sizes = {"memory_bytes": 1, "memory_limit_bytes": 2, "disk_bytes": 3}
    return shapes.Forecast(
        device="cpu", precision="float32", batch_size=1, gradient_checkpointing=False, step_s=clips, total_s=clips,
        probe_s=0.1, **sizes,
    )  # fmt: skip


def publish(request: shapes.PublishRequest, workspace: Workspace, report: Report) -> shapes.PublishResult:
    """Makes nothing."""
    return shapes.PublishResult(name=request.name, step=request.step, kind="full", size_bytes=1)


def clone(request: shapes.CloneRequest, workspace: Workspace, report: Report) -> shapes.Speaker:
    """A voice that lists its clips; `slow` takes its time."""
    if request.name == "slow":
        for _ in range(600):
            report(Progress(0.1, "Learning slowly"))
            time.sleep(0.05)
    for name in request.files:
        if not (workspace.incoming / name).read_bytes().startswith(b"RIFF"):
            raise AudioError("That is no sound.", hint="Send sound.")
    speaker = shapes.Speaker(name=request.name, clips=["clip_001.wav"], duration_s=1, created_at="2026-01-01T00:00:00Z")
    write_json(workspace.speaker(request.name) / "speaker.json", speaker.model_dump())
    return speaker


def speak(request: shapes.SpeakRequest, workspace: Workspace, report: Report) -> shapes.SpeakResult:
    """Half a second of a tone, too loud, for each word; the word `broken` ends it with an error."""
    words = request.text.split()
    for number, word in enumerate(words, start=1):
        if word == "broken":
            raise AudioError("The voice broke.", hint="Say something else.")
        tone = np.sin(np.arange(12_000) * 440 * 2 * np.pi * number / 24_000) * 1.5
        report(Sound(tone.astype("<f4").tobytes()))
        time.sleep(0.3 if word == "slowly" else 0)
    spans = [(12_000 * number, 12_000 * (number + 1)) for number in range(len(words))]
    seed = -1 if request.seed is None else request.seed
    return shapes.SpeakResult(seed=seed, audio_s=len(words) / 2, wall_s=0.1, sentences=words, spans=spans)


def pull(request: shapes.PullRequest, workspace: Workspace, report: Report) -> shapes.PullResult:
    """Fetches nothing."""
    return shapes.PullResult(name=request.name, path="cache/x", size_bytes=1)
