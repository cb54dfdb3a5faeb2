"""The autopilot: what fits is found, what it will take is told, and nothing is changed by it."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest
import torch
from torch import Tensor

from tests.training.conftest import settings
from xtts_studio.errors import Cancelled, OutOfMemory
from xtts_studio.events import Event, Progress, Report, ignore
from xtts_studio.shapes import Forecast, TrainRequest
from xtts_studio.training.loop.around import Clips, Surroundings
from xtts_studio.training.loop.checkpoints import Checkpoints
from xtts_studio.training.loop.learned import WholeGpt
from xtts_studio.training.loop.precision import numerics
from xtts_studio.training.loop.trainer import Trainer
from xtts_studio.training.material.features import TrainingClip
from xtts_studio.training.plan import autopilot as planning, trials
from xtts_studio.training.plan.autopilot import autopilot
from xtts_studio.training.plan.fitting import Tried
from xtts_studio.training.plan.memory import available_bytes, limit_bytes, measured, used_bytes
from xtts_studio.training.plan.prices import usd
from xtts_studio.training.plan.trials import padded
from xtts_studio.xtts.checkpoint import Network

CPU = torch.device("cpu")
MakeNetwork = Callable[[], Network]


def left_open(**changes: object) -> TrainRequest:
    """Settings that leave it to the probe how many clips are computed at a time."""
    open_ = dict.fromkeys({"batch_size", "gradient_checkpointing"} - changes.keys())
    return settings(**({"effective_batch": 4, "audition": False} | changes)).model_copy(update=open_)


def make_trainer(network: Network, clips: Clips, request: TrainRequest, folder: Path) -> Trainer:
    around = Surroundings(Checkpoints(folder), ignore)
    learned = WholeGpt(network.gpt)
    return Trainer(learned, network.mel_stats, clips, request, numerics("float32", request.method, CPU), around)


@pytest.fixture
def probe(make_network: MakeNetwork, clips: Clips, tmp_path: Path) -> Callable[..., Forecast]:
    """Probes a training of the seven clips with the given settings."""

    def run(report: Report = ignore, **changes: object) -> Forecast:
        request = left_open(**changes)
        trainer = make_trainer(make_network(), clips, request, tmp_path / "run")
        return autopilot(trainer, request, CPU, "float32", 123, tmp_path / "run", report)

    return run


def state(trainer: Trainer) -> dict[str, Tensor]:
    weights = {name: tensor.clone() for name, tensor in trainer.gpt.state_dict().items()}
    return weights | {"random": torch.get_rng_state()}


def test_everything_is_told_of_a_machine_with_room(probe: Callable[..., Forecast]) -> None:
    events: list[Event] = []
    forecast = probe(events.append, epochs=3)
    assert (forecast.batch_size, forecast.gradient_checkpointing) == (4, False)
    assert (forecast.device, forecast.precision, forecast.disk_bytes) == ("cpu", "float32", 123)
    assert 0 < forecast.step_s < forecast.total_s
    assert forecast.total_s >= 6 * forecast.step_s  # three epochs of two steps
    assert 0 < forecast.memory_bytes <= forecast.memory_limit_bytes
    assert 0 < forecast.probe_s < 60
    assert forecast.cost_usd is None
    assert not forecast.notices
    fractions = [event.fraction for event in events if isinstance(event, Progress)]
    assert fractions == sorted(fractions)
    assert len(fractions) > 3


def test_auditions_take_their_time(probe: Callable[..., Forecast]) -> None:
    forecast = probe(epochs=5, audition=True)
    assert forecast.total_s > 10 * forecast.step_s + 12  # the voice is loaded six times


def test_nothing_is_changed_by_it(make_network: MakeNetwork, clips: Clips, tmp_path: Path) -> None:
    request = left_open(audition=True)
    trainer = make_trainer(make_network(), clips, request, tmp_path)
    trainer.gpt.eval()
    before = state(trainer)
    autopilot(trainer, request, CPU, "float32", 0, tmp_path, ignore)
    after = state(trainer)
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert not trainer.optimizer.state
    assert all(parameter.grad is None for parameter in trainer.gpt.parameters())
    assert [group["lr"] for group in trainer.optimizer.param_groups] == [request.learning_rate] * 2
    assert not trainer.gpt.training
    assert not trainer.gpt.gpt.recomputes
    assert not list(tmp_path.glob("step-*"))


def test_training_goes_as_it_would_have_gone(make_network: MakeNetwork, clips: Clips, tmp_path: Path) -> None:
    request = settings(max_steps=3, batch_size=2, audition=False)
    plain, probed = (make_trainer(make_network(), clips, request, tmp_path / name) for name in ("plain", "probed"))
    autopilot(probed, request, CPU, "float32", 0, tmp_path, ignore)
    assert plain.run().train_loss == probed.run().train_loss
    weights = [trainer.gpt.state_dict() for trainer in (plain, probed)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_a_cancel_leaves_nothing_behind(make_network: MakeNetwork, clips: Clips, tmp_path: Path) -> None:
    request = left_open()
    trainer = make_trainer(make_network(), clips, request, tmp_path)

    def cancel(event: Event) -> None:
        if isinstance(event, Progress) and event.fraction > 0:
            raise Cancelled

    with pytest.raises(Cancelled):
        autopilot(trainer, request, CPU, "float32", 0, tmp_path, cancel)
    assert not trainer.optimizer.state
    assert all(parameter.grad is None for parameter in trainer.gpt.parameters())


class Scripted(Trainer):
    """A trainer whose steps take made-up memory: so much for each of the longest clips, in proportion for others, and
    a fifth of it where activations are recomputed."""

    per_clip_bytes = 2 * 10**9
    used = 0

    def try_step(self, clips: object, batch_size: int) -> None:
        assert isinstance(clips, list)
        share = 5 if self.gpt.gpt.recomputes else 1
        longest = max(padded([clip]) for clip in self.clips.train)
        positions = padded([self.clips.train[number] for number in clips])
        type(self).used = self.per_clip_bytes * positions // longest // share


@pytest.fixture
def scripted(
    make_network: MakeNetwork, clips: Clips, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Forecast]:
    """Probes a training whose batches take 2 GB a clip, where so many GB may be taken. What this process has in use is
    made up as well: tests before this one may have left it anything."""

    @contextmanager
    def made_up(device: torch.device):  # type: ignore[no-untyped-def]
        with measured(device) as peak:
            yield peak
        peak.used_bytes = Scripted.used

    monkeypatch.setattr(trials, "measured", made_up)
    for module in (trials, planning):
        monkeypatch.setattr(module, "used_bytes", lambda device: 200_000_000)

    def run(gigabytes: float, **changes: object) -> Forecast:
        monkeypatch.setenv("XTTS_TRAINING_MEMORY_BYTES", str(round(gigabytes * 1e9)))
        request = left_open(**({"effective_batch": 12} | changes))
        around = Surroundings(Checkpoints(tmp_path), ignore)
        network = make_network()
        learned, computing = WholeGpt(network.gpt), numerics("float32", "full", CPU)
        trainer = Scripted(learned, network.mel_stats, clips, request, computing, around)
        return autopilot(trainer, request, CPU, "float32", 0, tmp_path, ignore)

    return run


@pytest.mark.parametrize(
    ("gigabytes", "batch_size", "recomputes"),
    [(100, 12, False), (13, 6, False), (11, 4, False), (9, 4, False), (4.5, 2, False), (2.5, 1, False), (1.9, 4, True)],
)
def test_the_batch_fits_the_limit_and_divides_the_step(
    scripted: Callable[..., Forecast], gigabytes: float, batch_size: int, recomputes: bool
) -> None:
    forecast = scripted(gigabytes)
    assert (forecast.batch_size, forecast.gradient_checkpointing) == (batch_size, recomputes)
    assert forecast.memory_bytes == batch_size * Scripted.per_clip_bytes // (5 if recomputes else 1)
    assert forecast.memory_bytes <= forecast.memory_limit_bytes == round(gigabytes * 1e9)


def test_never_more_than_sixteen_at_a_time(scripted: Callable[..., Forecast]) -> None:
    assert scripted(1000, effective_batch=40).batch_size == 14  # three batches a step


def test_what_was_asked_for_stays_and_is_warned_of(scripted: Callable[..., Forecast]) -> None:
    asked = scripted(5, batch_size=6, gradient_checkpointing=False)
    assert (asked.batch_size, asked.gradient_checkpointing) == (6, False)
    assert any("6 clips at a time take 12.0 GB" in notice for notice in asked.notices)
    helped = scripted(5, batch_size=6)
    assert (helped.batch_size, helped.gradient_checkpointing) == (6, True)
    assert not helped.notices
    assert scripted(100, gradient_checkpointing=True).gradient_checkpointing


def test_too_little_memory_is_told_with_what_to_do(scripted: Callable[..., Forecast]) -> None:
    with pytest.raises(OutOfMemory, match=r"GB of memory for the longest clip alone; 1\.0 GB"):
        scripted(1.0, gradient_checkpointing=False)
    with pytest.raises(OutOfMemory) as caught:
        scripted(0.01)
    assert "lora" in caught.value.hint


def test_memory_beyond_what_was_tried_is_reckoned_on_a_line() -> None:
    tried = Tried(10, {1: 110, 2: 200})
    assert [tried.bytes_of(size) for size in (1, 2, 4)] == [110, 200, 380]
    assert tried.largest(400, 16) == 4
    assert Tried(10, {0.5: 60, 1: 110}).bytes_of(2) == 210
    assert Tried(10, {1: 110}).largest(305, 16) == 2  # what is there at rest is taken once
    assert Tried(10, {1: 110, 2: 200}, failed=3).largest(10**6, 16) == 2
    assert Tried(10, {1: 110}).largest(100, 16) == 0


def test_memory_is_measured_at_its_height() -> None:
    with measured(CPU) as peak:
        before = used_bytes(CPU)
        block = torch.ones(50_000_000)
        del block
    assert 190e6 < peak.used_bytes - before < 260e6
    assert limit_bytes(CPU) > used_bytes(CPU)
    assert limit_bytes(CPU, 7) == 7


def test_a_container_has_what_its_groups_leave(tmp_path: Path) -> None:
    proc, groups = tmp_path / "proc", tmp_path / "cgroup"
    (proc / "self").mkdir(parents=True)
    (groups / "mine").mkdir(parents=True)
    (proc / "meminfo").write_text("MemTotal: 9000 kB\nMemAvailable: 8000 kB\n")
    (proc / "self" / "cgroup").write_text("0::/mine\n")
    assert available_bytes(proc, groups) == 8000 * 1024
    (groups / "mine" / "memory.max").write_text("max\n")
    (groups / "mine" / "memory.current").write_text("3000000\n")
    assert available_bytes(proc, groups) == 8000 * 1024
    (groups / "mine" / "memory.max").write_text("5000000\n")
    (groups / "mine" / "memory.stat").write_text("anon 1\ninactive_file 700000\n")
    assert available_bytes(proc, groups) == 2_700_000


def test_prices_of_rented_gpus() -> None:
    assert usd("Tesla T4", 3600) == 0.59
    assert usd("NVIDIA A10G", 3600) == usd("NVIDIA A10", 3600) == 1.1
    assert usd("NVIDIA A100 80GB PCIe", 3600) == 2.5
    assert usd("NVIDIA A100-SXM4-40GB", 3600) == 2.1
    assert usd("NVIDIA GeForce RTX 4090", 3600) is None


def test_short_clips_make_shorter_steps(
    make_network: MakeNetwork, features: list[TrainingClip], tmp_path: Path
) -> None:
    """What is forecast of a step is what its steps then take, within what a busy machine allows."""
    import time

    request = settings(batch_size=2, epochs=2, audition=False)
    trainer = make_trainer(make_network(), Clips(features, []), request, tmp_path)
    forecast = autopilot(trainer, request, CPU, "float32", 0, tmp_path, ignore)
    started = time.monotonic()
    trainer.run()
    took = time.monotonic() - started
    assert 0.3 < forecast.total_s / took < 3
