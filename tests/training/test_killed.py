"""A training that is killed again and again ends as one that was left alone, to the last bit."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from tests.training.conftest import SETTINGS
from tests.training.trainable import trainable
from xtts_studio.workspace import Workspace, read_json

KILLS = 10
STEPS = 24
PROGRAM = """
import json, sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from xtts_studio.shapes import TrainRequest
from xtts_studio.training.run import train
from xtts_studio.workspace import Workspace
train(
    TrainRequest.model_validate(json.loads(sys.argv[2])),
    Workspace(Path(sys.argv[1])),
    lambda event: print(event, flush=True),
)
"""


def start(workspace: Workspace, **changes: object) -> subprocess.Popen[str]:
    request = SETTINGS | {"effective_batch": 2, "batch_size": 2, "max_steps": STEPS, "save_every_steps": 1} | changes
    command = [sys.executable, "-c", PROGRAM, str(workspace.home), json.dumps(request)]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "XTTS_DEVICE": "cpu"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_ten_kills_change_nothing(tmp_path: Path, tiny_folder: Path) -> None:
    workspace = trainable(tmp_path / "home", tiny_folder)
    undisturbed = start(workspace, name="undisturbed")
    assert undisturbed.communicate()[0]
    assert undisturbed.returncode == 0
    chance, run_id, killed = random.Random(7), None, 0
    while killed < KILLS:
        process = start(workspace, **({"run_id": run_id} if run_id else {}))
        assert process.stdout is not None
        lines_left = chance.randrange(4, 40) if run_id else 60
        for line in process.stdout:
            if "what='run'" in line:
                run_id = line.split("data/runs/")[1].split("'")[0]
            trains = run_id is not None and ("Metric" in line or "checkpoint" in line)
            lines_left -= trains
            if lines_left <= 0:
                process.kill()
                break
        process.stdout.close()
        killed += process.wait() != 0
        if workspace.model("mine").exists():
            pytest.fail(f"the run ended before it was killed {KILLS} times: it was killed {killed} times")
    process = start(workspace, run_id=run_id)
    assert process.communicate()[0]
    first, second = (workspace.model(name) / "model.safetensors" for name in ("undisturbed", "mine"))
    assert first.read_bytes() == second.read_bytes()
    metrics = (workspace.runs / str(run_id) / "metrics.jsonl").read_text().splitlines()
    losses = [line for line in metrics if '"loss"' in line]
    assert len(losses) == STEPS
    assert read_json(workspace.model("mine") / "card.json")["steps"] == STEPS
