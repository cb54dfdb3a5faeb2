"""What was heard of a recording is kept in its folder: listened to once, never half, never that of something else."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.recorded import uploaded
from xtts_studio.audio.encode import write_wav
from xtts_studio.errors import Cancelled
from xtts_studio.events import Event, Progress, ignore
from xtts_studio.sample import RECORDING
from xtts_studio.segment import tracks
from xtts_studio.segment.steps import analyze, chunk
from xtts_studio.segment.tracks import FILE
from xtts_studio.shapes import AnalyzeRequest, AnalyzeResult, ChunkRequest, Recording
from xtts_studio.workspace import Workspace


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "home")


@pytest.fixture
def ours(workspace: Workspace) -> Iterator[Recording]:
    tracks._tracks.clear()
    yield uploaded(workspace, RECORDING)
    tracks._tracks.clear()


def _listened(workspace: Workspace, recording: Recording, **asked: float) -> tuple[AnalyzeResult, bool]:
    """What a new process answers, and whether it had to listen for it."""
    tracks._tracks.clear()
    seen: list[Event] = []
    found = analyze(AnalyzeRequest(recording_id=recording.id, **asked), workspace, seen.append)
    return found, any(isinstance(event, Progress) for event in seen)


def test_a_recording_is_listened_to_once(workspace: Workspace, ours: Recording) -> None:
    first, listened = _listened(workspace, ours)
    assert listened
    again, listened = _listened(workspace, ours)
    assert not listened
    assert again == first
    _, listened = _listened(workspace, ours, threshold=0.7, start_s=3.0, end_s=20.0)
    assert not listened
    seen: list[Event] = []
    chunk(ChunkRequest(recording_id=ours.id, dataset="one"), workspace, seen.append)
    assert not any(isinstance(event, Progress) and event.message == "Finding speech" for event in seen)


@pytest.mark.parametrize("damage", ["half", "empty", "garbage", "a bit", "another recording", "another version"])
def test_a_file_that_cannot_be_used_is_made_anew(workspace: Workspace, ours: Recording, damage: str) -> None:
    first, _ = _listened(workspace, ours)
    path = workspace.recording(ours.id) / FILE
    content = path.read_bytes()
    if damage == "another version":
        made_from = str(np.load(path)["made_from"])
        np.savez(path, **{**np.load(path), "made_from": np.array(made_from.replace("[1,", "[0,", 1))})
    elif damage == "another recording":
        np.savez(path, **{**np.load(path), "made_from": np.array("[1, 'other', [1.0], 0.1]")})
    else:
        flipped = content[:9_000] + bytes([content[9_000] ^ 1]) + content[9_001:]
        wrong = {"half": content[: len(content) // 2], "empty": b"", "garbage": b"PK\x03\x04" * 500, "a bit": flipped}
        path.write_bytes(wrong[damage])
    again, listened = _listened(workspace, ours)
    assert listened
    assert again == first
    assert not _listened(workspace, ours)[1]


def test_where_it_cannot_be_kept_listening_still_works(
    workspace: Workspace, ours: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(file: object, **arrays: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    assert len(_listened(workspace, ours)[0].chunks) > 2
    assert sorted(path.name for path in workspace.recording(ours.id).iterdir()) == [
        "audio.flac",
        "peaks.npy",
        "recording.json",
    ]


def test_cancelled_while_listening_keeps_nothing(workspace: Workspace, ours: Recording) -> None:
    def report(event: Event) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        analyze(AnalyzeRequest(recording_id=ours.id), workspace, report)
    assert not (workspace.recording(ours.id) / FILE).exists()
    assert len(_listened(workspace, ours)[0].chunks) > 2


def test_a_part_of_a_long_recording_is_heard_alone_and_the_same(
    workspace: Workspace, ours: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As it would be for half an hour and more, with less."""
    samples, rate_hz = soundfile.read(RECORDING, dtype="float32")
    write_wav(tmp_path / "long.wav", np.tile(samples, 5), rate_hz)
    recording = uploaded(workspace, tmp_path / "long.wav")
    monkeypatch.setattr(tracks, "_ALONE_FROM_S", 60.0)
    monkeypatch.setattr(tracks, "_WARM_UP_S", 10.0)
    alone, listened = _listened(workspace, recording, start_s=100.0, end_s=125.0)
    assert listened
    assert not (workspace.recording(recording.id) / FILE).exists()
    _listened(workspace, recording)
    whole, listened = _listened(workspace, recording, start_s=100.0, end_s=125.0)
    assert not listened
    edges = [[time for one in found.chunks for time in (one.start_s, one.end_s)] for found in (alone, whole)]
    assert edges[0] == pytest.approx(edges[1], abs=0.011)
    assert 100.0 <= edges[0][0] <= edges[0][-1] <= 125.0


def test_killed_at_any_moment_nothing_is_half(workspace: Workspace, ours: Recording) -> None:
    """The dataset stays as it was, and what was heard is whole or not there."""
    chunk(ChunkRequest(recording_id=ours.id, dataset="kept", end_s=12.0), workspace, ignore)
    metadata = (workspace.dataset("kept") / "metadata.json").read_bytes()
    expected = _listened(workspace, ours)[0]
    program = (
        "import sys, time; from pathlib import Path\n"
        "from xtts_studio.segment.steps import chunk; from xtts_studio.shapes import ChunkRequest\n"
        "from xtts_studio.workspace import Workspace\n"
        "def report(event): print('now', flush=True); time.sleep(0.005)\n"
        "chunk(ChunkRequest(recording_id=sys.argv[2], dataset='kept'), Workspace(Path(sys.argv[1])), report)\n"
    )
    for reports in (1, 8, 15):
        (workspace.recording(ours.id) / FILE).unlink(missing_ok=True)
        command = [sys.executable, "-c", program, str(workspace.home), ours.id]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]) as process:
            assert process.stdout is not None
            for _ in range(reports):
                process.stdout.readline()
            os.kill(process.pid, signal.SIGKILL)
        assert (workspace.dataset("kept") / "metadata.json").read_bytes() == metadata
        assert _listened(workspace, ours)[0] == expected
    started = time.monotonic()
    after = chunk(ChunkRequest(recording_id=ours.id, dataset="kept"), workspace, ignore)
    assert after.added > 0
    assert time.monotonic() - started < 20
