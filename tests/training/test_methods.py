"""What trainings of either method leave on the disk, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.conftest import settings
from tests.training.trainable import stopped, trainable
from xtts_studio.errors import InvalidInput
from xtts_studio.events import Event, Metric, ignore
from xtts_studio.shapes import Forecast, TrainingPlan, TrainRequest
from xtts_studio.training.loop import reviewing
from xtts_studio.training.run import train
from xtts_studio.workspace import Workspace, read_json
from xtts_studio.xtts.checkpoint import load_network
from xtts_studio.xtts.lora import base_fingerprint, read_adapter

ADAPTER = {"method": "lora", "batch_size": 2, "learning_rate": 1e-2, "lora_rank": 4}


@pytest.fixture
def workspace(tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("XTTS_DEVICE", "cpu")
    return trainable(tmp_path / "home", tiny_folder)


def losses(events: list[Event], name: str = "eval_loss") -> list[float]:
    return [event.value for event in events if isinstance(event, Metric) and event.name == name]


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_an_adapter_learns_and_is_small(workspace: Workspace, precision: str) -> None:
    events: list[Event] = []
    result = train(settings(**ADAPTER, epochs=4, precision=precision), workspace, events.append)
    evaluated = losses(events)
    assert evaluated[-1] < evaluated[0] - 0.2
    folder = workspace.model("mine")
    assert sorted(path.name for path in folder.iterdir()) == ["adapter.safetensors", "card.json"]
    card, adapter = read_json(folder / "card.json"), read_adapter(folder)
    assert (card["kind"], card["base"], card["steps"]) == ("adapter", "xtts-v2", result.steps)
    assert adapter.base_fingerprint == base_fingerprint(load_network(workspace.cache / "xtts-v2").gpt)
    base_bytes = (workspace.cache / "xtts-v2" / "model.pth").stat().st_size
    assert (folder / "adapter.safetensors").stat().st_size < base_bytes / 100
    checkpoint = workspace.runs / result.run_id / "checkpoints" / f"step-{result.steps:08}"
    assert sorted(path.name for path in checkpoint.iterdir()) == [
        "adapter.safetensors", "moments.safetensors", "progress.json",
    ]  # fmt: skip


def test_int8_learns_as_float32_does(workspace: Workspace) -> None:
    """Rounded products of frozen weights leave the curve where it is."""
    curves = []
    for precision in ("float32", "int8"):
        events: list[Event] = []
        changes = ADAPTER | {"learning_rate": 3e-3}  # at one where it is not by chance what is learned
        train(settings(**changes, name=precision, epochs=4, precision=precision), workspace, events.append)
        curves.append(losses(events))
    assert curves[1] == pytest.approx(curves[0], rel=0.005)


@pytest.mark.parametrize("method", ["full", "lora"])
def test_a_stopped_adapter_goes_on_to_the_same(workspace: Workspace, method: str) -> None:
    changes = ADAPTER | {"method": method, "max_steps": 5, "lora_dropout": 0.1}
    train(settings(**changes, name="whole"), workspace, ignore)
    run_id = stopped(workspace, settings(**changes))
    train(TrainRequest(dataset="harbour", name="mine", run_id=run_id), workspace, ignore)
    file = "adapter.safetensors" if method == "lora" else "model.safetensors"
    first, second = (load_file(workspace.model(name) / file) for name in ("whole", "mine"))
    assert first.keys() == second.keys()
    assert all(torch.equal(first[name], second[name]) for name in first)


def test_the_rest_is_chosen_and_written_down(workspace: Workspace) -> None:
    """Nothing but the dataset is named: recipe and probe fill in the rest, and the run keeps both."""
    request = TrainRequest(dataset="harbour", name="mine", max_steps=2, audition=False)
    result = train(request, workspace, ignore)
    run = workspace.runs / result.run_id
    begun = read_json(run / "request.json")["request"]
    plan = TrainingPlan.model_validate(read_json(run / "plan.json"))
    forecast = Forecast.model_validate(read_json(run / "forecast.json"))
    for name in ("epochs", "effective_batch", "learning_rate", "lr_schedule", "warmup_steps", "prompts"):
        assert begun[name] == plan.settings[name] is not None, name
    assert begun["batch_size"] == forecast.batch_size >= 1
    assert {choice.setting for choice in plan.choices} >= {"epochs", "learning_rate", "effective_batch"}
    assert all(choice.reason for choice in plan.choices)
    train(
        TrainRequest.model_validate(begun | {"run_id": result.run_id, "epochs": 30, "max_steps": 3}), workspace, ignore
    )
    later = TrainingPlan.model_validate(read_json(run / "plan.json"))
    changed = {new.setting for new, old in zip(later.choices, plan.choices, strict=True) if new.reason != old.reason}
    assert changed == {"epochs"}  # the reason for all else is that of the beginning


def test_auditions_choose_what_is_published(workspace: Workspace) -> None:
    told: list[Event] = []
    request = settings(epochs=3, batch_size=4, audition=True, audition_sentences=["Hi."], keep_every_steps=2)
    result = train(request, workspace, told.append)
    run = workspace.runs / result.run_id
    scores = {event.step: event.value for event in told if isinstance(event, Metric) and event.name == "audition_score"}
    assert sorted(path.name for path in (run / "auditions").glob("step-*")) == [f"step-{step:08}" for step in scores]
    later = {step: score for step, score in scores.items() if step}
    assert result.best_step == max(later, key=lambda step: (later[step], -step))
    folders = list((run / "checkpoints").iterdir())
    kept = {int(path.name[5:]): sorted(file.name for file in path.iterdir()) for path in folders}
    assert {result.best_step, result.steps} <= set(kept)
    assert all(step in (result.best_step, result.steps) or step % 2 == 0 for step in kept)
    for step, files in kept.items():
        assert ("moments.safetensors" in files) == (step == result.steps)
    card = read_json(workspace.model("mine") / "card.json")
    assert (card["step"], card["scores"]["score"]) == (result.best_step, pytest.approx(scores[result.best_step or 0]))
    published = load_file(workspace.model("mine") / "model.safetensors")
    best = load_file(run / "checkpoints" / f"step-{result.best_step:08}" / "gpt.safetensors")
    assert all(torch.equal(published[f"gpt.{name}"], tensor) for name, tensor in best.items())


def test_auditions_that_get_no_better_end_training(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reviewing, "is_better", lambda new, score, eval_loss: score is None)
    request = settings(epochs=9, batch_size=8, audition=True, audition_sentences=["Hi."], early_stop_after=2)
    result = train(request, workspace, ignore)
    assert result.stopped_early
    assert (result.steps, result.best_step) == (3, 1)
    same, more = (
        train(TrainRequest(dataset="harbour", name="mine", run_id=result.run_id, epochs=epochs), workspace, ignore)
        for epochs in (9, 10)
    )
    assert (same.steps, same.stopped_early) == (3, True)  # nothing more was asked for
    assert more.steps == 5
    asked = TrainRequest(dataset="harbour", name="mine", run_id=result.run_id, epochs=8, early_stop_after=0)
    assert train(asked, workspace, ignore).steps == 8  # fewer than were planned, but nothing is to end them


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"precision": "int8"}, "int8 is for adapters"),
        ({"precision": "float16"}, "float16 can't be trained in on cpu"),
        ({"method": "lora", "new_tokens": 10}, "adapter leaves the model's tables"),
    ],
)
def test_what_can_not_be_is_refused(workspace: Workspace, changes: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidInput, match=told):
        train(settings(**changes), workspace, ignore)
    assert not workspace.runs.exists()
