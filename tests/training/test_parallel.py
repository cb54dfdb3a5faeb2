"""Two processes train as one: the same curve with the same effective batch, and one that fails is told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from tests.training.conftest import settings
from tests.training.trainable import stopped, trainable
from xtts_studio.errors import StudioError
from xtts_studio.events import Artifact, Event, Metric, ignore
from xtts_studio.shapes import TrainRequest
from xtts_studio.training.run import train
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.checkpoint import load_network

TOGETHER = {"batch_size": 1, "effective_batch": 3, "epochs": 2, "dropout": 0.0, "eval_fraction": 0.2, "prompts": "both"}


@pytest.fixture
def workspace(tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("XTTS_DEVICE", "cpu")
    return trainable(tmp_path / "home", tiny_folder)


def curve(events: list[Event], name: str = "loss") -> list[float]:
    return [event.value for event in events if isinstance(event, Metric) and event.name == name]


def both(workspace: Workspace, **changes: object) -> tuple[list[Event], list[Event]]:
    """What is told of the same training by one process, and by two.

    The learning rate is small: Adam makes whole steps of gradients that are nothing but rounding, and these grow.
    """
    told: tuple[list[Event], list[Event]] = ([], [])
    for events, processes in zip(told, (1, 2), strict=True):
        changes |= {"learning_rate": 1e-6, "name": f"of {processes}", "processes": processes}
        request = settings(**TOGETHER | changes)
        train(request, workspace, events.append)
    return told


@pytest.mark.parametrize("method", ["full", "lora"])
def test_two_processes_have_the_curve_of_one(workspace: Workspace, method: str) -> None:
    alone, together = both(workspace, method=method)
    for name in ("loss", "loss_text", "loss_mel", "eval_loss"):
        assert curve(together, name) == pytest.approx(curve(alone, name), rel=2e-4), name
    norms = curve(alone, "grad_norm"), curve(together, "grad_norm")
    assert norms[1][0] == pytest.approx(norms[0][0], rel=1e-3)  # later ones magnify what rounding has moved
    if method == "full":
        base = load_network(workspace.cache / "xtts-v2").state_dict()
        one, two = (load_network(workspace.model(f"of {count}")).state_dict() for count in (1, 2))
        apart = sum(float((one[name] - two[name]).double().square().sum()) for name in base)
        moved = sum(float((one[name] - base[name]).double().square().sum()) for name in base)
        assert apart < 0.02 * moved


def test_two_processes_stop_and_go_on(workspace: Workspace) -> None:
    whole: list[Event] = []
    train(settings(**TOGETHER, name="whole", processes=2), workspace, whole.append)
    run_id = stopped(workspace, settings(**TOGETHER, processes=2), after=3)
    train(TrainRequest(dataset="harbour", name="mine", run_id=run_id), workspace, ignore)
    first, second = (load_network(workspace.model(name)).state_dict() for name in ("whole", "mine"))
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_a_process_that_fails_is_told(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second process can't read a clip; the first one says so, and a checkpoint stays."""
    events: list[Event] = []
    clip = workspace.dataset("harbour") / "chunks" / "chunk_004.wav"

    def spoil(event: Event) -> None:
        events.append(event)
        if isinstance(event, Metric) and event.step == 2 and event.name == "loss":
            clip.write_bytes(b"")

    with pytest.raises(StudioError, match="chunk_004"):
        train(settings(**TOGETHER | {"epochs": 20}, processes=2, save_every_steps=1), workspace, spoil)
    run = next(event.path for event in events if isinstance(event, Artifact) and event.what == "run")
    assert list((workspace.home / run / "checkpoints").glob("step-*/moments.safetensors"))
