"""A small XTTS trained from nothing on some recordings, and how near its speech comes to them.

    python -m benchmarks.from_scratch --clips LJSPEECH [--others RECORDINGS] [--device cuda] [--keep FOLDER]

LJSPEECH is a folder in LJSpeech's form: metadata.csv (id|text|…) and wavs/. A DVAE is trained on the recordings, then
the GPT by the step `train`, then a vocoder on the latents of the GPT that came out. Then it speaks texts it has
learned: how far is that from what the vocoder makes of their own codes? docs/benchmarks.md tells how to read that.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import soundfile
import torch
from torch import Tensor

from benchmarks.scratch import DATASET, Scratch, read_recordings
from benchmarks.scratch_distance import mel_distance
from benchmarks.scratch_model import Scale
from xtts_studio.errors import StudioError
from xtts_studio.events import Event, Metric
from xtts_studio.shapes import TrainRequest, TrainResult
from xtts_studio.training.run import train

SPOKEN_AT_MOST = 8
VOCODER: dict[str, Any] = {"stacks": True, "crops": 16, "learning_rate": 3e-4}
QUICK_VOCODER: dict[str, Any] = {"stacks": False, "crops": 2}


def main() -> None:
    options = read_options()
    os.environ["XTTS_DEVICE"] = options.device
    torch.manual_seed(options.seed)
    try:
        with TemporaryDirectory(prefix="xtts-scratch-") as home:
            figures = measured(Path(home), options)
    except (StudioError, OSError) as error:
        sys.exit(str(error))
    for name, value in figures.items():
        print(f"{name.replace('_', ' '):60} {value:10.3f}")
    if options.json:
        options.json.write_text(json.dumps(figures | {"options": vars(options)}, indent=2, default=str), "utf-8")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path, required=True, help="recordings in LJSpeech's form")
    parser.add_argument("--others", type=Path, help="recordings of other voices, for the speaker encoder")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--channels", type=int, default=256)
    parser.add_argument("--heads", type=int, default=4)
    parser.add_argument("--codes", type=int, default=512)
    parser.add_argument("--dvae-steps", type=int, default=3000)
    parser.add_argument("--steps", type=int, default=3000, help="of the GPT")
    parser.add_argument("--vocoder-steps", type=int, default=5000)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--quick", action="store_true", help="tiny and short: does it work, not how it sounds")
    parser.add_argument("--keep", type=Path, help="write the speech here, beside the recordings and reconstructions")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    if options.quick:
        options.layers, options.channels, options.codes = 2, 64, 64
        options.dvae_steps = options.steps = options.vocoder_steps = 6
    return options


def measured(home: Path, options: argparse.Namespace) -> dict[str, float]:
    recordings = read_recordings(options.clips)
    scale = Scale(options.layers, options.channels, options.heads, options.codes, hidden=128, width=64)
    scratch = Scratch(home, recordings, scale, options.device, options.seed)
    asked = request(options)
    taken_s: dict[str, float] = {}

    def timed(name: str) -> None:
        taken_s[f"seconds of {name}"] = time.monotonic() - sum(taken_s.values()) - started
        print(name, f"{taken_s[f'seconds of {name}']:.1f} s", file=sys.stderr, flush=True)

    started = time.monotonic()
    scratch.make_base(options.dvae_steps, read_others(options.others), asked.eval_fraction)
    timed("the DVAE")
    result = train(asked, scratch.workspace, tell)
    timed("the GPT")
    scratch.take(result.run_id, asked)
    vocoder_loss = scratch.fit_vocoder(options.vocoder_steps, **(QUICK_VOCODER if options.quick else VOCODER))
    timed("the vocoder")
    return (
        losses(result)
        | {"vocoder_loss": vocoder_loss}
        | distances(scratch, 2 if options.quick else SPOKEN_AT_MOST, options.keep)
        | taken_s
    )


def request(options: argparse.Namespace) -> TrainRequest:
    return TrainRequest(
        dataset=DATASET,
        name="scratch",
        epochs=10_000,
        max_steps=options.steps,
        batch_size=options.batch,
        effective_batch=options.batch,
        learning_rate=options.learning_rate,
        lr_schedule="cosine",
        warmup_steps=options.steps // 20,
        prompts="other",  # nothing is hidden of the clip
        dropout=0.0,  # it is to learn by heart
        audition=False,
        early_stop_after=0,
        eval_fraction=0.1,
        gradient_checkpointing=False,
        model_precision="float32",
    )


def losses(result: TrainResult) -> dict[str, float]:
    return {"training_loss": result.train_loss, "loss_of_clips_never_seen": result.eval_loss or float("nan")}


def distances(scratch: Scratch, count: int, keep: Path | None) -> dict[str, float]:
    """Mean distances of log-mel frames, in nepers of power, along the best alignment in time."""
    spoken, taught, recorded = [], [], []
    for number in range(min(count, len(scratch.clips.train))):
        spoken.append(scratch.spoken(number))
        taught.append(scratch.reconstructed(number))
        recorded.append(scratch.recorded(number))
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            for kind, sounds in (("spoken", spoken), ("reconstructed", taught), ("recorded", recorded)):
                soundfile.write(keep / f"{number:02}-{kind}.wav", sounds[-1].numpy(), 24_000)
    shifted = [*taught[1:], taught[0]]
    return {
        "spoken_freely_to_reconstruction": mean_distance(spoken, taught),
        "reconstructions_of_other_texts_to_reconstruction": mean_distance(shifted, taught),
        "spoken_freely_to_recording": mean_distance(spoken, recorded),
        "reconstruction_to_recording": mean_distance(taught, recorded),
        "recordings_of_other_texts_to_recording": mean_distance([*recorded[1:], recorded[0]], recorded),
    }


def mean_distance(ones: Sequence[Tensor], others: Sequence[Tensor]) -> float:
    found = [mel_distance(one, other) for one, other in zip(ones, others, strict=True)]
    return sum(found) / len(found)


def read_others(folder: Path | None) -> list[Tensor]:
    return [] if folder is None else [one.wave for one in read_recordings(folder)]


def tell(event: Event) -> None:
    if isinstance(event, Metric) and event.name in ("loss", "eval_loss") and event.step % 50 == 0:
        print(f"step {event.step} {event.name} {event.value:.3f}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
