"""The benchmark beside the reference, with a tiny model; a second copy of our own program stands in for it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.parity.published import write_published_folder

ROOT = Path(__file__).parent.parent
ROWS = ["ready", "load", "first_word", "condition", "code", "first", "sentence", "stream", "pieces", "peak"]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_published_folder(tmp_path_factory.mktemp("model") / "tiny", "tiny")


def benchmark(*options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.reference", "--quick", "--threads", "1", *map(str, options)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)


def test_both_are_measured_in_turns_and_every_row_has_a_ratio(model: Path, tmp_path: Path) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m benchmarks.ours_worker\n', encoding="utf-8")
    stand_in.chmod(0o755)
    taken = benchmark("--model", model, "--reference-python", stand_in, "--json", tmp_path / "figures.json")
    assert taken.returncode == 0, taken.stderr
    figures = json.loads((tmp_path / "figures.json").read_text(encoding="utf-8"))["runs"]
    (theirs,), (ours,) = figures["reference"], figures["ours"]
    assert all(theirs[row] > 0 and ours[row] > 0 for row in ROWS)
    assert ours["load"] < ours["ready"] < ours["first_word"]
    assert f"{theirs['ready'] / ours['ready']:.2f}" in taken.stdout
    turns = [line.split()[2] for line in taken.stderr.splitlines() if line.startswith("run 1:")]
    assert turns == ["reference", "ours"] * (len(turns) // 2)


def test_without_the_reference_ours_stands_beside_figures_with_their_machine(model: Path) -> None:
    taken = benchmark("--model", model, "--only", "code")
    assert taken.returncode == 0, taken.stderr
    assert "EPYC" in taken.stdout
    assert "84–88" in taken.stdout


def test_an_environment_without_the_reference_is_named_not_traced(model: Path) -> None:
    taken = benchmark("--model", model, "--reference-python", sys.executable)
    assert taken.returncode == 1
    assert "No module named 'TTS'" in taken.stderr or "No module named 'torchaudio'" in taken.stderr
    assert "docs/benchmarks.md" in taken.stderr
    assert "Traceback" not in taken.stderr


def test_a_folder_that_is_no_published_model_is_named_not_traced(tmp_path: Path) -> None:
    taken = benchmark("--model", tmp_path)
    assert taken.returncode == 1
    assert "config.json" in taken.stderr
    assert "Traceback" not in taken.stderr
