"""A whole training with auditions: what it tells and keeps, and that it learns the same as one without."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.training.conftest import settings
from tests.training.trainable import trainable
from xtts_studio.errors import Cancelled
from xtts_studio.events import Event, Metric, Progress
from xtts_studio.training.auditions import speaking
from xtts_studio.training.auditions.files import read_auditions
from xtts_studio.training.records.files import read_checkpoints, read_metrics
from xtts_studio.training.run import train
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.checkpoint import load_network

SENTENCES = ["Yes, of course."]
TIMES = ("steps_per_s", "eta_s", "memory_bytes")


@pytest.fixture
def workspace(tmp_path: Path, tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setattr(speaking, "MOST_CODES", 8)
    return trainable(tmp_path / "home", tiny_folder)


def curves(events: list[Event]) -> list[tuple[int, str, float]]:
    """What was measured of the learning itself."""
    return [
        (event.step, event.name, event.value)
        for event in events
        if isinstance(event, Metric) and event.name not in TIMES and not event.name.startswith("audition")
    ]


def test_auditions_change_nothing_of_what_is_learned(workspace: Workspace) -> None:
    wanted = settings(epochs=2, batch_size=4, effective_batch=4, audition_sentences=SENTENCES)
    plain: list[Event] = []
    train(wanted.model_copy(update={"name": "plain"}), workspace, plain.append)
    told: list[Event] = []
    result = train(wanted.model_copy(update={"name": "heard", "audition": True}), workspace, told.append)
    assert curves(told) == curves(plain)
    run = workspace.run(result.run_id)
    auditions = read_auditions(run)
    steps = [one.step for one in auditions]
    assert steps == [0, result.steps // 2, result.steps]
    measured = {(point.step, point.name): point.value for point in read_metrics(run)}
    assert [measured[step, "audition_score"] for step in steps] == [pytest.approx(one.score) for one in auditions]
    assert result.best_step in steps[1:]
    assert [one.step for one in read_checkpoints(run) if one.best] == [result.best_step]
    fractions = [event.fraction for event in told if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    if result.best_step == result.steps:
        first, second = (load_network(workspace.model(name)).state_dict() for name in ("plain", "heard"))
        assert all(bool((first[name] == second[name]).all()) for name in first)


def test_a_training_that_is_cancelled_while_it_speaks_goes_on_to_the_same(workspace: Workspace) -> None:
    wanted = settings(epochs=1, batch_size=4, effective_batch=4, audition=True, audition_sentences=SENTENCES)
    whole: list[Event] = []
    undisturbed = train(wanted, workspace, whole.append)
    told: list[Event] = []
    spoken = [0]

    def report(event: Event) -> None:
        told.append(event)
        if isinstance(event, Progress) and "Listening to sentence" in event.message:
            spoken[0] += 1
            if spoken[0] == 2:  # the first is the base model's
                raise Cancelled

    again = wanted.model_copy(update={"name": "again"})
    with pytest.raises(Cancelled):
        train(again, workspace, report)
    (run,) = [path for path in workspace.runs.iterdir() if path.name != undisturbed.run_id]
    assert [one.step for one in read_auditions(run)] == [0]
    assert not list(run.glob("auditions/.step-*"))
    resumed = train(again.model_copy(update={"run_id": run.name}), workspace, told.append)
    assert (resumed.steps, resumed.best_step) == (undisturbed.steps, undisturbed.best_step)
    first, second = (read_auditions(workspace.run(one)) for one in (undisturbed.run_id, run.name))
    assert [(one.step, one.score, one.lines) for one in first] == [(one.step, one.score, one.lines) for one in second]
    assert curves(told) == curves(whole)
