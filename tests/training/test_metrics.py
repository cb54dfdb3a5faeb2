"""Curves on disk: complete and without doubles whatever stops a run, and no reason to stop one."""

from __future__ import annotations

import json
import math
import os
import signal
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tensorboardX.proto.event_pb2 import Event, SessionLog
from tensorboardX.record_writer import masked_crc32c

from xtts_studio.events import Event as Told, Log
from xtts_studio.training.records import event_files
from xtts_studio.training.records.files import read_metrics
from xtts_studio.training.records.metrics import RunMetrics

Points = list[tuple[int, str, float]]


def note(metrics: RunMetrics, steps: range, slope: float = 1.0) -> None:
    for step in steps:
        metrics.note(step, "loss", slope * step)
        metrics.note(step, "grad_norm", 0.5)


def written(folder: Path) -> Points:
    return [(point.step, point.name, point.value) for point in read_metrics(folder)]


def expected(*parts: tuple[range, float]) -> Points:
    return [
        point
        for steps, slope in parts
        for step in steps
        for point in ((step, "loss", slope * step), (step, "grad_norm", 0.5))
    ]


def records(file: Path) -> list[Any]:
    """The events of a file, every checksum compared."""
    content, at, found = file.read_bytes(), 0, []
    while at < len(content):
        (length,) = struct.unpack_from("<Q", content, at)
        head, data = content[at : at + 8], content[at + 12 : at + 12 + length]
        assert struct.unpack_from("<I", content, at + 8)[0] == masked_crc32c(head)
        assert struct.unpack_from("<I", content, at + 12 + length)[0] == masked_crc32c(data)
        found.append(Event.FromString(data))
        at += 16 + length
    return found


def shown(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """The curves as TensorBoard shows them: files in the order of their names; a restart drops what lies after it."""
    curves: dict[str, list[tuple[int, float]]] = {}
    for file in sorted((folder / "tensorboard").iterdir()):
        first, *events = records(file)
        assert first.file_version == "brain.Event:2"
        for event in events:
            if event.session_log.status == SessionLog.START:
                curves = {tag: [point for point in points if point[0] < event.step] for tag, points in curves.items()}
            for value in event.summary.value:
                curves.setdefault(value.tag, []).append((event.step, value.simple_value))
    return curves


def shown_by_tensorboard(folder: Path) -> dict[str, list[tuple[int, float]]]:
    reader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    accumulator = reader.EventAccumulator(str(folder / "tensorboard"), size_guidance={reader.TENSORS: 0})
    accumulator.Reload()
    return {tag: [(one.step, one.value) for one in accumulator.Scalars(tag)] for tag in accumulator.Tags()["scalars"]}


def test_a_line_a_metric(tmp_path: Path) -> None:
    metrics = RunMetrics(tmp_path)
    metrics.cut_back_to(0)
    metrics.note(1, "loss", 2.5)
    assert (tmp_path / "metrics.jsonl").read_text() == '{"step": 1, "name": "loss", "value": 2.5}\n'
    metrics.note(1, "loss_text", math.nan)
    assert json.loads((tmp_path / "metrics.jsonl").read_text().splitlines()[1])["value"] is None
    assert [point for point in written(tmp_path) if math.isfinite(point[2])] == [(1, "loss", 2.5)]


@pytest.mark.parametrize("reader", [shown, shown_by_tensorboard])
def test_a_run_that_goes_on_has_one_curve(tmp_path: Path, reader: Any) -> None:
    """Steps after the checkpoint are done again, with other numbers; the old ones go."""
    first = RunMetrics(tmp_path)
    first.cut_back_to(0)
    note(first, range(1, 9))
    first.flush()
    second = RunMetrics(tmp_path)
    second.cut_back_to(5)
    assert written(tmp_path) == expected((range(1, 6), 1))
    note(second, range(6, 12), slope=2)
    second.flush()
    third = RunMetrics(tmp_path)
    third.cut_back_to(11)
    note(third, range(12, 14), slope=3)
    third.flush()
    parts = ((range(1, 6), 1.0), (range(6, 12), 2.0), (range(12, 14), 3.0))
    assert written(tmp_path) == expected(*parts)
    curves = reader(tmp_path)
    assert curves["loss"] == [(step, slope * step) for steps, slope in parts for step in steps]
    assert [step for step, _ in curves["grad_norm"]] == list(range(1, 14))


def test_a_run_without_event_files_gets_whole_ones(tmp_path: Path) -> None:
    first = RunMetrics(tmp_path)
    note(first, range(1, 5))
    second = RunMetrics(tmp_path)
    second.cut_back_to(3)
    note(second, range(4, 6), slope=2)
    second.flush()
    assert shown(tmp_path)["loss"] == [(1, 1), (2, 2), (3, 3), (4, 8), (5, 10)]


@pytest.mark.parametrize("cut", [True, False])
def test_a_half_line_is_no_line(tmp_path: Path, cut: bool) -> None:
    note(RunMetrics(tmp_path), range(1, 4))
    with (tmp_path / "metrics.jsonl").open("ab") as file:
        file.write(b'{"step": 4, "name": "lo')
    metrics = RunMetrics(tmp_path)
    if cut:
        metrics.cut_back_to(3)
    note(metrics, range(4, 6))
    assert written(tmp_path) == expected((range(1, 6), 1))
    assert (tmp_path / "metrics.jsonl").read_bytes().count(b"\n") == 10


def test_a_killed_process_loses_nothing_it_noted(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from xtts_studio.training.records.metrics import RunMetrics\n"
        "metrics, step = RunMetrics(Path(sys.argv[1])), 0\n"
        "while True:\n"
        "    step += 1; metrics.note(step, 'loss', step); print(step, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(50):
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    told = 50 + len(process.stdout.read().split())
    process.wait()
    points = written(tmp_path)
    assert [step for step, _, _ in points] == list(range(1, len(points) + 1))
    assert told <= len(points) <= told + 1


def test_a_lost_disk_is_told_once_and_made_good_later(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    told: list[Told] = []
    metrics = RunMetrics(folder, told.append)
    metrics.cut_back_to(0)
    note(metrics, range(1, 4))
    metrics.flush()
    folder.rename(tmp_path / "away")
    note(metrics, range(4, 7))
    metrics.flush()
    note(metrics, range(7, 9))
    assert not folder.exists()
    assert [type(event) for event in told] == [Log]
    assert isinstance(told[0], Log)
    assert told[0].level == "warning"
    assert "Training goes on" in told[0].message
    (tmp_path / "away").rename(folder)
    note(metrics, range(9, 11))
    metrics.flush()
    assert written(folder) == expected((range(1, 11), 1))
    assert sorted(set(shown(folder)["loss"])) == [(step, step) for step in range(1, 11)]
    assert len(told) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a disk that is always full")
def test_a_full_disk_stops_no_run(tmp_path: Path) -> None:
    told: list[Told] = []
    metrics = RunMetrics(tmp_path, told.append)
    (tmp_path / "metrics.jsonl").symlink_to("/dev/full")
    (tmp_path / "tensorboard").mkdir()
    note(metrics, range(1, 40))
    metrics.flush()
    assert [type(event) for event in told] == [Log]
    (tmp_path / "metrics.jsonl").unlink()
    metrics.note(40, "loss", 40)
    metrics.note(40, "grad_norm", 0.5)
    metrics.flush()
    assert written(tmp_path) == expected((range(1, 41), 1))
    assert shown(tmp_path)["loss"] == [(step, step) for step in range(1, 41)]


def test_event_files_that_can_not_be_written_wait(tmp_path: Path) -> None:
    metrics = RunMetrics(tmp_path)
    (tmp_path / "tensorboard").write_text("in the way")
    note(metrics, range(1, 4))
    metrics.flush()
    assert written(tmp_path) == expected((range(1, 4), 1))
    (tmp_path / "tensorboard").unlink()
    metrics.flush()
    assert shown(tmp_path)["loss"] == [(1, 1), (2, 2), (3, 3)]


def test_without_the_library_there_are_curves_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(self: object) -> None:
        raise ImportError("No module named 'tensorboardX'")

    monkeypatch.setattr(event_files.EventFiles, "write", absent)
    told: list[Told] = []
    metrics = RunMetrics(tmp_path, told.append)
    note(metrics, range(1, 4))
    metrics.flush()
    metrics.flush()
    assert written(tmp_path) == expected((range(1, 4), 1))
    assert len(told) == 1
