"""One training, measured in a process of its own: python -m benchmarks.training_worker '{"home": …, "request": …}'

The step `train` runs as it always does, with its events looked at. The answer is one line of JSON.
"""

from __future__ import annotations

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import torch

from benchmarks.measuring import peak_bytes
from xtts_studio.errors import StudioError
from xtts_studio.events import Artifact, Event, Metric, Progress, ignore
from xtts_studio.settings import Settings
from xtts_studio.shapes import ProbeRequest, TrainRequest
from xtts_studio.training.loop.checkpoints import MOMENTS_FILE, Checkpoints
from xtts_studio.training.loop.learned import ADAPTER_FILE, GPT_FILE
from xtts_studio.training.plan.probe import probe
from xtts_studio.training.preparing import prepare
from xtts_studio.training.run import train
from xtts_studio.workspace import Workspace
from xtts_studio.xtts.precision import device_named

Figures = dict[str, Any]
FIRST_STEPS = 2  # pay for what is only paid once
ENDS = "Writing the model"


class Watch:
    """Takes a training's events, and notes when each step was done and how much memory had been in use by then."""

    def __init__(self, forgets: bool) -> None:
        self.told: dict[int, float] = {}
        self.began = self.ended = 0.0
        self.peak_bytes = 0
        self._forgets = forgets

    def __call__(self, event: Event) -> None:
        if isinstance(event, Metric) and event.name == "loss":
            self.told[event.step] = time.perf_counter()
        elif isinstance(event, Artifact) and event.what == "run":
            self.began = time.perf_counter()
            if self._forgets:
                forget_peak()
        elif isinstance(event, Progress) and event.message == ENDS:
            self.ended, self.peak_bytes = time.perf_counter(), most_bytes()

    def steps_s(self) -> dict[int, float]:
        """How long each step but the first took, from the one before told to it told."""
        return {step: self.told[step] - self.told[before] for before, step in pairwise(sorted(self.told))}


class Waits:
    """How long the training itself stands still for checkpoints: handing them over, and waiting for the disk."""

    def __init__(self) -> None:
        self.seconds: list[float] = []
        Checkpoints.begin = self._timed(Checkpoints.begin, new=True)  # type: ignore[method-assign]
        Checkpoints.settle = self._timed(Checkpoints.settle, new=False)  # type: ignore[method-assign]

    def _timed(self, act: Callable[..., Any], new: bool) -> Callable[..., Any]:
        def timed(*given: Any, **named: Any) -> Any:
            if new:
                self.seconds.append(0.0)
            started = time.perf_counter()
            try:
                return act(*given, **named)
            finally:
                if self.seconds:
                    self.seconds[-1] += time.perf_counter() - started

        return timed


def main() -> None:
    job = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # whatever libraries print
    torch.set_num_threads(job["threads"])
    acts = {"train": _train, "forecast": _forecast, "fit": _fit, "gpu": _gpu}
    try:
        answer = acts[job["do"]](Workspace(Path(job["home"])), TrainRequest.model_validate(job["request"]), job)
        answer |= {"facts": {"torch": torch.__version__, "threads": torch.get_num_threads()}}
    except (StudioError, RuntimeError) as error:  # the other side tells it to a person
        traceback.print_exc()
        answer = {"error": f"{type(error).__name__}: {error}"}
    answers.write(json.dumps(answer) + "\n")
    answers.close()


def _train(workspace: Workspace, request: TrainRequest, job: Figures) -> Figures:
    """A training with one checkpoint on its way, and one at its end."""
    watch, waits = Watch(forgets=False), Waits()
    result = train(request, workspace, watch)
    checkpoint = workspace.run(result.run_id) / "checkpoints" / f"step-{result.steps:08}"
    steps_s, after = watch.steps_s(), (request.save_every_steps or result.steps) + 1
    settled_s = [taken for step, taken in steps_s.items() if step > FIRST_STEPS and step != after]
    settled_s = settled_s or list(steps_s.values())
    sizes = {path.name: path.stat().st_size for path in checkpoint.iterdir()}
    return {
        "step_s": median(settled_s),
        "steps_s": list(steps_s.values()),
        "peak_bytes": watch.peak_bytes,
        "peak_with_publishing_bytes": most_bytes(),
        "resumable_bytes": sum(sizes.values()),
        "moments_bytes": sizes[MOMENTS_FILE],
        "weights_bytes": sizes.get(GPT_FILE, 0) + sizes.get(ADAPTER_FILE, 0),
        "model_bytes": sum(path.stat().st_size for path in workspace.model(result.model).iterdir()),
        "stands_still_s": waits.seconds[0],
        "checkpoint_costs_s": steps_s.get(after, 0.0) - median(settled_s),
        "last_checkpoint_s": waits.seconds[-1],
        "train_loss": result.train_loss,
    }


def _forecast(workspace: Workspace, request: TrainRequest, job: Figures) -> Figures:
    """A training that is preceded by its own probe, and what the probe said of it."""
    watch = Watch(forgets=True)
    result = train(request, workspace, watch)
    said = json.loads((workspace.run(result.run_id) / "forecast.json").read_text(encoding="utf-8"))
    settled_s = list(watch.steps_s().values())
    return {
        "probe_s": said["probe_s"],
        "batch_size": said["batch_size"],
        "steps": result.steps,
        "said_step_s": said["step_s"],
        "step_s": (max(watch.told.values()) - min(watch.told.values())) / max(1, len(settled_s)),
        "said_total_s": said["total_s"],
        "total_s": watch.ended - watch.began,
        "said_bytes": said["memory_bytes"],
        "peak_bytes": watch.peak_bytes,
    }


def _fit(workspace: Workspace, request: TrainRequest, job: Figures) -> Figures:
    """How many clips at a time the probe lets into the memory that is given."""
    return probe(ProbeRequest(training=request), workspace, ignore).model_dump()


def _gpu(workspace: Workspace, request: TrainRequest, job: Figures) -> Figures:
    """What a GPU achieves; of full fine-tuning also the share of the most that it can."""
    device = device_named(Settings().device)
    figures = _train(workspace, request, job)
    figures["device"] = torch.cuda.get_device_name(device) if device.type == "cuda" else device.type
    figures["clips_per_s"] = (request.effective_batch or 1) / figures["step_s"]
    if request.method != "full":
        return figures
    per_clip = _operations_per_clip(workspace, request.model_copy(update={"name": f"{request.name}-again"}))
    achieved = per_clip * figures["clips_per_s"] / 1e12
    peak = job.get("peak_tflops") or matmul_tflops(device)
    return figures | {
        "tflop_per_clip": per_clip / 1e12,
        "tflops": achieved,
        "peak_tflops": peak,
        "mfu": achieved / peak,
    }


def _operations_per_clip(workspace: Workspace, request: TrainRequest) -> float:
    """6 floating-point operations per parameter and position that is no padding: the blocks at all positions, the
    heads at their own."""
    prepared = prepare(request, workspace, ignore)
    gpt, clips = prepared.learned.gpt, prepared.clips.train
    texts = sum(len(clip.text_ids) + 2 for clip in clips)
    sounds = sum(len(clip.codes) + 5 for clip in clips)
    parts = (gpt.gpt, gpt.text_head, gpt.mel_head)
    blocks, text_head, mel_head = (sum(one.numel() for one in part.parameters()) for part in parts)
    positions = gpt.config.conditioning_latents * len(clips) + texts + sounds
    return 6 * (blocks * positions + text_head * texts + mel_head * sounds) / len(clips)


def matmul_tflops(device: torch.device, size: int = 8192, times: int = 20) -> float:
    """The most of some large products of bfloat16 matrices, 10^12 operations a second."""
    size = size if device.type == "cuda" else 1024
    left, right = (torch.randn(size, size, device=device, dtype=torch.bfloat16) for _ in range(2))
    best = 0.0
    for _ in range(3):
        _finish(device)
        started = time.perf_counter()
        for _ in range(times):
            left @ right
        _finish(device)
        best = max(best, 2 * size**3 * times / (time.perf_counter() - started) / 1e12)
    return best


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def most_bytes() -> int:
    """The most memory in use so far: the card's on a GPU, the process's elsewhere."""
    device = device_named(Settings().device)
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else peak_bytes()


def forget_peak() -> None:
    """From now on the most in use is counted anew, where the system can."""
    device = device_named(Settings().device)
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


if __name__ == "__main__":
    main()
