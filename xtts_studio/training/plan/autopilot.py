"""The autopilot: what fits this machine, how long the whole run will take, and how much memory. Within a minute.

    forecast = autopilot(trainer, settings, device, "bfloat16", disk_bytes, run.folder, report)
    # then train with forecast.batch_size clips at a time, and forecast.gradient_checkpointing

Nothing is changed by it: weights, gradients, the optimizer and the random numbers are as before.
"""

import time
from pathlib import Path

import torch

from xtts_studio.events import Progress, Report
from xtts_studio.settings import Settings
from xtts_studio.shapes import Forecast, TrainRequest
from xtts_studio.training.plan.duration import audition_lines, measured_times, total_s, write_speed
from xtts_studio.training.plan.fitting import fit, too_little
from xtts_studio.training.plan.memory import limit_bytes, used_bytes
from xtts_studio.training.plan.prices import usd
from xtts_studio.training.plan.trials import Bench, Tried, undisturbed

BUDGET_S = 50.0
"""After which nothing more is tried."""

_BESIDE_WEIGHTS = 3  # gradients and both moments take as much as what is trained
_SETTLED_SHARE, _TIMED_SHARE = 0.6, 0.9  # of the progress


def autopilot(
    trainer: Tried,
    settings: TrainRequest,
    device: torch.device,
    precision: str,
    disk_bytes: int,
    folder: Path,
    report: Report,
    processes: int = 1,
) -> Forecast:
    """Finds the batch that fits, and forecasts the run. `settings` are complete but for what this finds; `precision`
    is what products are computed in; `folder` is where checkpoints will be written.

    Raises `OutOfMemory` where nothing fits, and what `report` raises.
    """
    started = time.monotonic()
    environment = Settings()
    with undisturbed(trainer, device):
        bench = Bench(trainer, device, started + BUDGET_S)
        limit = limit_bytes(device, environment.training_memory_bytes)
        report(Progress(0.0, "Measuring the optimizer"))
        optimizer_s = _optimizer_s(bench, limit)
        report(Progress(0.1, "Trying the longest clips"))
        assert settings.effective_batch is not None, "chosen by the recipe"
        found = fit(bench, settings, -(-settings.effective_batch // processes), limit)
        trainer.gpt.gpt.recomputes = found.recomputes
        report(Progress(_SETTLED_SHARE, f"{found.batch_size} clips at a time; measuring typical ones"))
        times = measured_times(bench, found.batch_size, optimizer_s)
        report(Progress(_TIMED_SHARE, "Measuring speech and the disk"))
        step_s = times.step_s(trainer, found.batch_size, processes)
        code_s = bench.code_s(audition_lines(settings)) if settings.audition else 0.0
        whole_s = total_s(
            trainer, settings, times, step_s, found.batch_size, code_s, write_speed(folder), bench.trained_bytes,
            device.type,
        )  # fmt: skip
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    return Forecast(
        device=name,
        precision=precision,
        batch_size=found.batch_size,
        gradient_checkpointing=found.recomputes,
        step_s=round(step_s, 4),
        total_s=round(whole_s, 1),
        memory_bytes=found.memory_bytes,
        memory_limit_bytes=limit,
        disk_bytes=disk_bytes,
        probe_s=round(time.monotonic() - started, 2),
        cost_usd=usd(name, whole_s) if environment.compute == "modal" and device.type == "cuda" else None,
        notices=found.notices,
    )


def _optimizer_s(bench: Bench, limit: int) -> float:
    """How long the optimizer takes. Raises `OutOfMemory` where there is not even room for what it keeps."""
    needed = used_bytes(bench.device) + _BESIDE_WEIGHTS * bench.trained_bytes
    if needed > limit:
        raise too_little(needed, limit)
    found = bench.optimizer_step_s()
    if found is None:
        raise too_little(needed, limit)
    return found
