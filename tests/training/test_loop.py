"""The loop: the loss goes down, only the GPT changes, stopping and going on changes nothing, trouble is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from tests.training.conftest import settings
from xtts_studio.errors import (
    Cancelled,
    CheckpointError,
    DiskFull,
    InvalidInput,
    OutOfMemory,
    StudioError,
    TrainingError,
)
from xtts_studio.events import Event, Log, Metric, Progress, Report, ignore
from xtts_studio.training.loop import checkpoints as checkpoints_module, saving
from xtts_studio.training.loop.around import Clips, Surroundings
from xtts_studio.training.loop.batches import Draw
from xtts_studio.training.loop.checkpoints import Checkpoints
from xtts_studio.training.loop.learned import WholeGpt
from xtts_studio.training.loop.precision import numerics
from xtts_studio.training.loop.progress import TrainingProgress
from xtts_studio.training.loop.trainer import Trainer
from xtts_studio.xtts.checkpoint import Network

MakeNetwork = Callable[[], Network]


class Run:
    """A network being trained in a folder."""

    def __init__(self, network: Network, clips: Clips, folder: Path) -> None:
        self.network, self.clips, self.folder = network, clips, folder

    def train(self, report: Report = ignore, **changes: object) -> TrainingProgress:
        """Trains, from the last checkpoint if there is one."""
        trainer = self.trainer(report, **changes)
        with torch.random.fork_rng(devices=[]):
            latest = trainer.around.checkpoints.latest()
            if latest is not None:
                trainer.resume(latest)
            return trainer.run()

    def trainer(self, report: Report = ignore, **changes: object) -> Trainer:
        around = Surroundings(Checkpoints(self.folder), report)
        float32 = numerics("float32", "full", torch.device("cpu"))
        learned = WholeGpt(self.network.gpt)
        return Trainer(learned, self.network.mel_stats, self.clips, settings(**changes), float32, around)

    def weights(self) -> dict[str, Tensor]:
        return {name: tensor.clone() for name, tensor in self.network.state_dict().items()}


@pytest.fixture
def make_run(make_network: MakeNetwork, clips: Clips, tmp_path: Path) -> Callable[[str], Run]:
    """A run of its own network in a folder of the given name."""
    return lambda name: Run(make_network(), clips, tmp_path / name)


def cancel_after(steps: int, told: list[Event]) -> Report:
    """A report that cancels in the midst of what is told of step `steps`."""

    def report(event: Event) -> None:
        if isinstance(event, Metric) and event.step >= steps and event.name == "loss_mel":
            raise Cancelled
        told.append(event)

    return report


def curves(events: list[Event]) -> list[Metric]:
    """The metrics that don't depend on the clock."""
    metrics = [event for event in events if isinstance(event, Metric)]
    return [metric for metric in metrics if metric.name not in ("steps_per_s", "eta_s", "memory_bytes")]


def same(first: dict[str, Tensor], second: dict[str, Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def test_loss_goes_down_and_only_the_gpt_changes(make_run: Callable[[str], Run]) -> None:
    run, events = make_run("run"), []
    before = run.weights()
    progress = run.train(events.append, epochs=8, max_steps=30)
    losses = [event.value for event in events if isinstance(event, Metric) and event.name == "loss"]
    evaluated = [event.value for event in events if isinstance(event, Metric) and event.name == "eval_loss"]
    assert progress.step == len(losses) == 30
    assert sum(losses[-5:]) / 5 < 0.8 * sum(losses[:5]) / 5
    assert evaluated[-1] < evaluated[0]
    after = run.weights()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all(name.startswith("gpt.") for name in changed)


def test_every_step_is_told(make_run: Callable[[str], Run]) -> None:
    events: list[Event] = []
    make_run("run").train(events.append, epochs=2, batch_size=2)
    metrics = [event for event in events if isinstance(event, Metric)]
    for name in (
        "loss",
        "loss_text",
        "loss_mel",
        "learning_rate",
        "grad_norm",
        "steps_per_s",
        "eta_s",
        "memory_bytes",
    ):
        assert [metric.step for metric in metrics if metric.name == name] == list(range(1, 9)), name
    assert [metric.step for metric in metrics if metric.name == "eval_loss"] == [0, 4, 8]
    total, text, mel = (
        next(metric.value for metric in metrics if metric.name == name) for name in ("loss", "loss_text", "loss_mel")
    )
    assert total == pytest.approx(0.01 * text + mel, rel=1e-5)
    told = [event for event in events if isinstance(event, Progress)]
    assert [event.fraction for event in told] == [step / 8 for step in range(9)]
    assert "Epoch 2 of 2 · step 5 of 8" in told[5].message


@pytest.mark.parametrize(
    ("stopped_after", "changes"),
    [
        (12, {"epochs": 20, "max_steps": 30}),  # 7 steps an epoch: within the second
        (7, {"epochs": 20, "max_steps": 9}),  # between the first and the second
        (3, {"epochs": 3, "batch_size": 2, "grad_accumulation": 3}),  # 2 steps an epoch, of 3 batches and of 1
    ],
)
def test_stopped_and_resumed_equals_uninterrupted(
    make_run: Callable[[str], Run], stopped_after: int, changes: dict[str, object]
) -> None:
    whole, first = make_run("whole"), make_run("parts")
    undisturbed: list[Event] = []
    expected = whole.train(undisturbed.append, **changes)
    told: list[Event] = []
    with pytest.raises(Cancelled):
        first.train(cancel_after(stopped_after, told), **changes)
    latest = Checkpoints(first.folder).latest()
    assert latest is not None
    assert latest.name == f"step-{stopped_after:08}"
    second = make_run("parts")
    assert second.train(told.append, **changes) == expected
    assert curves(told) == curves(undisturbed)
    assert same(second.weights(), whole.weights())
    assert not same(first.weights(), whole.weights())


def test_saving_on_the_way_changes_nothing_and_keeps_one(make_run: Callable[[str], Run]) -> None:
    plain, saving = make_run("plain"), make_run("saving")
    plain.train(max_steps=5)
    saving.train(max_steps=5, save_every_steps=2)
    assert same(plain.weights(), saving.weights())
    assert [path.name for path in saving.folder.iterdir()] == ["step-00000005"]


def gradients(trainer: Trainer, batch_size: int, clips: tuple[int, ...] = (0, 1, 2, 3, 4)) -> dict[str, Tensor]:
    """Of one step without dropout, computed so many clips at a time."""
    draws = [Draw(clip, place) for place, clip in enumerate(clips)]
    trainer._stepper.gradients(draws, step=0, epoch=0, batch_size=batch_size)
    return {name: one.grad.clone() for name, one in trainer.gpt.named_parameters() if one.grad is not None}


@pytest.mark.parametrize("prompts", ["same", "both"])
def test_accumulated_batches_are_one_large_batch(make_run: Callable[[str], Run], prompts: str) -> None:
    """The loss is a mean over all targets of a step, so its gradients don't depend on how it is computed."""
    trainer = make_run("run").trainer(batch_size=5, dropout=0.0, prompts=prompts)
    whole = gradients(trainer, 5)
    for batch_size in (1, 2, 3):
        parts = gradients(trainer, batch_size)
        assert parts.keys() == whole.keys()
        scale = max(float(one.norm()) for one in whole.values())
        worst = max(float((parts[name] - whole[name]).norm()) for name in whole)
        assert worst < 1e-4 * scale


def test_activations_computed_twice_give_the_same_gradients(make_run: Callable[[str], Run]) -> None:
    trainer = make_run("run").trainer(batch_size=5)  # with dropout: its numbers are drawn twice, too
    kept = gradients(trainer, 5)
    trainer.gpt.gpt.recomputes = True
    again = gradients(trainer, 5)
    assert all(torch.equal(kept[name], again[name]) for name in kept)


def test_memory_that_is_too_small_loses_no_step(
    make_run: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    """More than two clips at a time find no memory; the run goes on with two."""
    changes = {"batch_size": 7, "max_steps": 3, "dropout": 0.0, "learning_rate": 1e-6}
    roomy, tight = make_run("roomy"), make_run("tight")
    expected = roomy.train(**changes)
    loss = tight.network.gpt.loss

    def hungry(ids: Tensor, *rest: Tensor) -> object:
        if len(ids) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return loss(ids, *rest)

    monkeypatch.setattr(tight.network.gpt, "loss", hungry)
    events: list[Event] = []
    found = tight.train(events.append, **changes)
    assert (found.step, found.batch_size) == (3, 2)
    assert found.train_loss == pytest.approx(expected.train_loss, rel=1e-4)
    warnings = [event.message for event in events if isinstance(event, Log)]
    assert [warning for warning in warnings if "2 clips are computed at a time" in warning]


def test_memory_too_small_for_one_clip_is_told(make_run: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run("run")

    def hungry(*batch: object) -> object:
        raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 64 bytes.")

    monkeypatch.setattr(run.network.gpt, "loss", hungry)
    with pytest.raises(OutOfMemory) as caught:
        run.trainer(batch_size=4)._step()
    assert "smaller batch size" in caught.value.hint


def test_loss_that_is_no_number_stops_and_keeps_the_checkpoint(make_run: Callable[[str], Run]) -> None:
    run = make_run("run")
    run.train(max_steps=2)
    broken = make_run("run")

    def poison(event: Event) -> None:
        if isinstance(event, Metric) and event.step == 3:
            with torch.no_grad():
                broken.network.gpt.mel_head.bias.fill_(float("nan"))

    with pytest.raises(TrainingError, match="loss is not a finite number at step 4") as caught:
        broken.train(poison, max_steps=8)
    assert "learning rate" in caught.value.hint
    assert caught.value.details["checkpoint_step"] == 2
    assert [path.name for path in run.folder.iterdir()] == ["step-00000002"]
    assert make_run("run").train(max_steps=3).step == 3


def test_run_beyond_the_wanted_steps_is_refused(make_run: Callable[[str], Run]) -> None:
    make_run("run").train(max_steps=3)
    with pytest.raises(InvalidInput, match="done 3 steps already, training is to end after 2"):
        make_run("run").train(max_steps=2)


def test_run_stopped_where_training_is_now_to_end_knows_its_losses(make_run: Callable[[str], Run]) -> None:
    with pytest.raises(Cancelled):
        make_run("stopped").train(cancel_after(1, []), max_steps=3)
    ended, whole = make_run("stopped").train(max_steps=1), make_run("whole").train(max_steps=1)
    assert ended.train_loss is not None
    assert (ended.step, ended.train_loss, ended.eval_loss) == (1, whole.train_loss, whole.eval_loss)


class FullDisk:
    """A disk that is full until some writes have failed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, failures: float) -> None:
        self.left = failures
        self._write = safetensors.torch.save_file
        monkeypatch.setattr(safetensors.torch, "save_file", self.write)
        monkeypatch.setattr(saving, "LOOK_FOR_ROOM_S", 0.0)

    def write(self, *arguments: object, **more: object) -> None:
        if self.left > 0:
            self.left -= 1
            raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")
        self._write(*arguments, **more)


def test_full_disk_pauses_the_run(make_run: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = make_run("undisturbed")
    undisturbed.train(max_steps=6, save_every_steps=2)
    disk, run, events = FullDisk(monkeypatch, failures=5), make_run("run"), []
    run.train(events.append, max_steps=6, save_every_steps=2)
    assert disk.left == 0
    paused = [event.message for event in events if isinstance(event, Progress) and "Paused" in event.message]
    assert len(paused) == 5
    assert "No space left" in paused[0]
    assert same(run.weights(), undisturbed.weights())
    assert [path.name for path in run.folder.iterdir()] == ["step-00000006"]


def test_paused_run_can_be_cancelled_and_gone_on_with(
    make_run: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_run("run").train(max_steps=2)
    disk = FullDisk(monkeypatch, failures=float("inf"))

    def cancel(event: Event) -> None:
        if isinstance(event, Progress) and "Paused" in event.message:
            raise Cancelled

    with pytest.raises(Cancelled):
        make_run("run").train(cancel, max_steps=3)
    assert [path.name for path in (make_run("run").folder).iterdir()] == ["step-00000002"]
    disk.left = 0
    undisturbed = make_run("undisturbed")
    undisturbed.train(max_steps=3)
    run = make_run("run")
    run.train(max_steps=3)
    assert same(run.weights(), undisturbed.weights())


def test_what_was_written_is_read_back(make_run: Callable[[str], Run], monkeypatch: pytest.MonkeyPatch) -> None:
    write = checkpoints_module.write_tensors

    def flip_a_bit(path: Path, tensors: dict[str, Tensor]) -> None:
        write(path, tensors)
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)

    monkeypatch.setattr(checkpoints_module, "write_tensors", flip_a_bit)
    with pytest.raises(StudioError, match="reads back differently") as caught:
        make_run("run").train(max_steps=1)
    assert not isinstance(caught.value, DiskFull)


def test_damaged_checkpoint_is_refused(make_run: Callable[[str], Run]) -> None:
    run = make_run("run")
    run.train(max_steps=1)
    weights = run.folder / "step-00000001" / "gpt.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="step-00000001"):
        make_run("run").train(max_steps=2)


def test_training_without_evaluation_clips(make_network: MakeNetwork, clips: Clips, tmp_path: Path) -> None:
    progress = Run(make_network(), Clips(clips.train, ()), tmp_path / "run").train(max_steps=2)
    assert progress.eval_loss is None
    assert progress.train_loss is not None


def test_random_numbers_of_others_are_left_alone(make_run: Callable[[str], Run]) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    make_run("run").train(max_steps=1)
    assert torch.equal(torch.rand(3), expected)
