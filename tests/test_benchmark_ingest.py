"""The benchmark of long uploads, with short ones: every figure is there, and a limit that is missed is told."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.ingest import Figures, _missed
from benchmarks.ingest_material import KINDS

ROOT = Path(__file__).parent.parent


def test_each_kind_is_measured_beside_plain_decoding(tmp_path: Path) -> None:
    told = tmp_path / "figures.json"
    command = [sys.executable, "-m", "benchmarks.ingest", "--hours", "0.01", "--only", "flac", "--json", str(told)]
    taken = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)
    figures = json.loads(told.read_text(encoding="utf-8"))["figures"]
    assert set(figures) == {"flac mono", "flac stereo"}, taken.stderr
    for of_one in figures.values():
        assert all(of_one[name] > 0 for name in ("ready_s", "processor_s", "ffmpeg_s", "libsndfile_s", "size_mb"))
        assert 20 < of_one["peak_mb"] < 400
    assert "flac stereo" in taken.stdout


@pytest.mark.parametrize(
    ("figures", "hours", "missed"),
    [
        ({"ready_s": 2.9, "peak_mb": 390.0}, 3, False),
        ({"ready_s": 3.1, "peak_mb": 390.0}, 3, True),
        ({"ready_s": 9.0, "peak_mb": 390.0}, 10, False),
        ({"ready_s": 1.0, "peak_mb": 401.0}, 10, True),
    ],
)
def test_limits(figures: Figures, hours: float, missed: bool) -> None:
    assert _missed(figures, KINDS[0], hours) == missed
