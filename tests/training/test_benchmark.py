"""The benchmark of training, with a tiny model; a program that says what the reference would stands in for it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
THEIRS = {"step_s": 100.0, "peak_bytes": 9e9, "resumable_bytes": 5e9, "model_bytes": 5e9, "stands_still_s": 9.0}


def benchmark(*options: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks.training", "--quick", "--threads", "1", *map(str, options)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=280)


def test_ours_stands_beside_the_reference_with_its_forecast(tiny_folder: Path, tmp_path: Path) -> None:
    stand_in = tmp_path / "python"
    stand_in.write_text(f"#!/bin/sh\necho '{json.dumps(THEIRS)}'\n", encoding="utf-8")
    stand_in.chmod(0o755)
    figures = tmp_path / "figures.json"
    only = ["reference", "full-float32", "forecast-lora"]
    taken = benchmark(
        "--model", tiny_folder, "--reference-python", stand_in, "--json", figures, "--only", *only
    )  # fmt: skip
    assert taken.returncode == 0, taken.stderr
    rows = json.loads(figures.read_text(encoding="utf-8"))["rows"]
    assert list(rows) == only
    full, forecast = rows["full-float32"], rows["forecast-lora"]
    assert full["weights_bytes"] + full["moments_bytes"] < full["resumable_bytes"] < 1.01 * 3 * full["weights_bytes"]
    assert 0 < full["stands_still_s"] < 60
    assert f"{THEIRS['step_s'] / full['step_s']:.2f}" in taken.stdout
    assert forecast["said_bytes"] > 0
    assert forecast["step_s"] > 0
    assert forecast["total_s"] > forecast["step_s"]


def test_a_reference_that_fails_is_named_not_traced(tiny_folder: Path) -> None:
    taken = benchmark("--model", tiny_folder, "--reference-python", sys.executable, "--only", "reference")
    assert taken.returncode == 1
    assert "docs/benchmarks.md" in taken.stderr
    assert "No module named" in taken.stderr
    assert "Traceback" not in taken.stderr
