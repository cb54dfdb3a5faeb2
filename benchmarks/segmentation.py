"""Finding speech and cutting: time, memory, and whether the speech found is the reference's own.

    python -m benchmarks.segmentation [--hours 3] [--runs 3] [--minutes 10] [--recording FILE]

The reference is silero-vad as its own page tells to use it (`get_speech_timestamps`, with the TorchScript and with the
ONNX model). It and ours get the same samples in turns, each in a process of its own; the median of all runs counts. For
the whole of cutting, the recording is repeated to so many hours, as FLAC.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from xtts_studio.sample import RECORDING

RATE_HZ = 16_000
HOUR_S = 3600


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, default=3.0, help="length of the recording that is cut")
    parser.add_argument("--minutes", type=float, default=10.0, help="length of what reference and ours listen to")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--recording", type=Path, default=RECORDING)
    options = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} before, {options.runs} runs, medians\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        repeated(options.recording, folder / "short.npy", options.minutes * 60)
        listening(folder / "short.npy", options.runs)
        repeated(options.recording, folder / "long.flac", options.hours * HOUR_S)
        cutting(folder, options.hours, options.runs)


def listening(samples: Path, runs: int) -> None:
    """Prints what it takes to find speech in samples that are in memory."""
    names = [
        "reference, TorchScript",
        "reference, ONNX",
        "published sequence model",
        "ours, 1 thread",
        "ours, 2 threads",
    ]
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            found[name].append(child("listen", name, str(samples)))
    print(f"{'finding speech, per hour of sound':36} {'wall':>8} {'processor':>10} {'memory':>10}  as the reference")
    expected = found["reference, ONNX"][0]
    for name, figures in found.items():
        same = {key: all(one[key] == expected[key] for one in figures) for key in ("segments", "digest")}
        told = "segments and every bit" if all(same.values()) else "segments" if same["segments"] else "no"
        wall, cpu = (statistics.median(one[key] for one in figures) for key in ("wall_s", "cpu_s"))
        print(f"{name:36} {wall:6.2f} s {cpu:8.2f} s {figures[0]['peak_mb']:7.0f} MB  {told}")


def cutting(folder: Path, hours: float, runs: int) -> None:
    """Prints what it takes to cut a recording that nobody has heard yet, and to look at other settings."""
    figures = []
    for run in range(runs):
        home = folder / f"home{run}"
        child("ingest", str(home), str(folder / "long.flac"))
        figures.append({**child("cut", str(home)), **child("preview", str(home))})
        shutil.rmtree(home)

    def median(key: str) -> float:
        return statistics.median(one[key] for one in figures)

    rate = hours * HOUR_S / median("cut_s")
    print(f"\ncutting {hours:g} h of FLAC into {figures[0]['chunks']} chunks")
    print(f"{'decode, find speech, cut, write':36} {median('cut_s'):6.1f} s, {rate:.0f} times as fast as it plays")
    print(f"{'most memory, libraries included':36} {median('cut_mb'):6.0f} MB")
    print(f"{'first preview of a new process':36} {1000 * median('from_disk_s'):6.0f} ms")
    print(f"{'preview of other settings':36} {1000 * median('settings_s'):6.0f} ms")
    print(f"{'preview of a range':36} {1000 * median('range_s'):6.0f} ms")


def repeated(source: Path, target: Path, seconds: float) -> None:
    """The recording again and again: as samples of 16 kHz (.npy), or as a FLAC file at its own rate."""
    from xtts_studio.audio.decode import read_mono

    if target.suffix == ".npy":
        samples = read_mono(source, RATE_HZ)
        np.save(target, np.resize(samples, round(seconds * RATE_HZ)))
        return
    samples, rate_hz = soundfile.read(source, dtype="int16")
    with soundfile.SoundFile(target, "w", rate_hz, 1 if samples.ndim == 1 else samples.shape[1], "PCM_16") as file:
        for _ in range(round(seconds * rate_hz / len(samples)) or 1):
            file.write(samples)


def child(*arguments: str) -> dict[str, Any]:
    """Does one thing in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.segmentation", "--child", *arguments]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, check=True, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextlib.contextmanager
def timed(figures: dict[str, Any], key: str) -> Iterator[None]:
    started = time.perf_counter()
    yield
    figures[key] = time.perf_counter() - started


def listen_to(name: str, path: str) -> dict[str, Any]:
    samples = np.load(path)
    listen = reference(name) if name.startswith("reference") else ours(name)
    listen(samples[: 20 * RATE_HZ])
    started, processor = time.perf_counter(), time.process_time()
    segments, digest = listen(samples)
    per_hour = HOUR_S * RATE_HZ / len(samples)
    wall_s, cpu_s = (time.perf_counter() - started) * per_hour, (time.process_time() - processor) * per_hour
    return {"wall_s": wall_s, "cpu_s": cpu_s, "peak_mb": peak_mb(), "segments": segments, "digest": digest}


def reference(name: str) -> Any:
    import torch
    from silero_vad import get_speech_timestamps, load_silero_vad

    torch.set_num_threads(1)
    model = load_silero_vad(onnx="ONNX" in name)

    def listen(samples: np.ndarray) -> tuple[list[Any], str]:
        said = []

        def keeping(chunk: Any, rate_hz: int) -> Any:
            said.append(model(chunk, rate_hz))
            return said[-1]

        keeping.reset_states = model.reset_states  # type: ignore[attr-defined]
        found = get_speech_timestamps(torch.from_numpy(samples), keeping, speech_pad_ms=0)
        return [[one["start"], one["end"]] for one in found], digest_of(
            np.array([one.item() for one in said], np.float32)
        )

    return listen


def ours(name: str) -> Any:
    from xtts_studio.segment import silero, vad

    if name.startswith("published"):
        plain = silero.published(silero.model_path())
        vad.detector = lambda: plain  # type: ignore[assignment]

    def listen(samples: np.ndarray) -> tuple[list[Any], str]:
        blocks = np.split(samples, range(65_536, len(samples), 65_536))
        track = vad.listen(blocks, threads=2 if "2" in name else 1)
        found = vad.speech_segments(track.speech, 0.5, 0.25, 0.1, track.duration_s)
        return (found * RATE_HZ).round().astype(int).tolist(), digest_of(track.speech)

    return listen


def digest_of(probabilities: np.ndarray) -> str:
    import hashlib

    return hashlib.sha256(probabilities.tobytes()).hexdigest()


def workspace_at(home: str) -> Any:
    from xtts_studio.workspace import Workspace

    return Workspace(Path(home))


def ingest_in(home: str, source: str) -> dict[str, Any]:
    from xtts_studio.events import ignore
    from xtts_studio.ingest import ingest
    from xtts_studio.shapes import IngestRequest

    workspace = workspace_at(home)
    workspace.incoming.mkdir(parents=True)
    shutil.copyfile(source, workspace.incoming / "upload")
    ingest(IngestRequest(incoming="upload", name="long.flac", sha256="ab" * 32), workspace, ignore)
    return {}


def cut_in(home: str) -> dict[str, Any]:
    from xtts_studio.events import ignore
    from xtts_studio.recordings import list_recordings
    from xtts_studio.segment.steps import chunk
    from xtts_studio.shapes import ChunkRequest

    figures: dict[str, Any] = {}
    workspace = workspace_at(home)
    (recording,) = list_recordings(workspace)
    with timed(figures, "cut_s"):
        done = chunk(ChunkRequest(recording_id=recording.id, dataset="cut"), workspace, ignore)
    return {**figures, "cut_mb": peak_mb(), "chunks": done.added}


def preview_in(home: str) -> dict[str, Any]:
    from xtts_studio.events import ignore
    from xtts_studio.recordings import list_recordings
    from xtts_studio.segment.steps import analyze
    from xtts_studio.shapes import AnalyzeRequest

    figures: dict[str, Any] = {}
    workspace = workspace_at(home)
    (recording,) = list_recordings(workspace)
    with timed(figures, "from_disk_s"):
        analyze(AnalyzeRequest(recording_id=recording.id), workspace, ignore)
    with timed(figures, "settings_s"):
        analyze(AnalyzeRequest(recording_id=recording.id, threshold=0.6, target_duration_s=6), workspace, ignore)
    with timed(figures, "range_s"):
        analyze(AnalyzeRequest(recording_id=recording.id, start_s=300, end_s=900), workspace, ignore)
    return figures


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        tasks = {"listen": listen_to, "ingest": ingest_in, "cut": cut_in, "preview": preview_in}
        print(json.dumps(tasks[sys.argv[2]](*sys.argv[3:])))
    else:
        main()
