"""Training a model of full size, ours and the reference's (coqui-tts): seconds a step, memory, checkpoints, forecasts.

    python -m benchmarks.training --reference-python REFERENCE/bin/python [--model FOLDER]
    python -m benchmarks.training --device cuda --batch 32 [--memory-gb 15]

Each row is a training in a process of its own, one after the other. Without --model a model of official size is
generated: speed and memory are real. docs/benchmarks.md tells how the reference is set up, and what each row means.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.report import processor_name
from benchmarks.training_material import MANY, MANY_S, MIXED, MIXED_S, PAIR, PAIR_S, clips, workspace
from benchmarks.training_report import tables, told
from benchmarks.workers import ROOT, WorkerError
from xtts_studio.errors import StudioError
from xtts_studio.models.shelf import base_folder
from xtts_studio.workspace import Workspace

REFERENCE = "reference"
AUDIO_TOKENS = ("gpt_num_audio_tokens", "gpt_start_audio_token", "gpt_stop_audio_token")
FIXED = {"eval_fraction": 0, "audition": False, "early_stop_after": 0, "gradient_checkpointing": False}


class Row(NamedTuple):
    """One training to measure: `does` is what the worker does of it, `asked` are fields of its TrainRequest."""

    key: str
    title: str
    does: str
    dataset: str
    asked: dict[str, Any]


def steps(key: str, title: str, **asked: Any) -> Row:
    return Row(key, title, "train", PAIR, FIXED | {"batch_size": 2, "effective_batch": 2} | asked)


def forecast(key: str, title: str, **asked: Any) -> Row:
    return Row(key, title, "forecast", MIXED, {"audition": False, "effective_batch": 4, "eval_fraction": 0.15} | asked)


ROWS = (
    steps("full-float32", "ours, full, float32", method="full", precision="float32"),
    steps("full-bfloat16", "ours, full, bfloat16", method="full", precision="bfloat16"),
    steps("lora-float32", "ours, LoRA r16, float32", method="lora", precision="float32"),
    steps("lora-bfloat16", "ours, LoRA r16, bfloat16", method="lora", precision="bfloat16"),
    steps("lora-int8", "ours, LoRA r16, int8", method="lora", precision="int8"),
    steps(
        "lora-recomputed",
        "ours, LoRA r16, bfloat16, activations twice",
        method="lora", precision="bfloat16", gradient_checkpointing=True,
    ),
    forecast("forecast-full", "full, bfloat16", method="full", precision="bfloat16"),
    forecast("forecast-lora", "LoRA r16, bfloat16", method="lora", precision="bfloat16"),
)  # fmt: skip


def gpu_rows(batch: int) -> tuple[Row, ...]:
    """What is asked of a GPU: the share of its peak that full fine-tuning reaches, and how much an adapter needs."""
    asked = FIXED | {"batch_size": batch, "effective_batch": batch, "precision": "bfloat16"}
    fit = {"method": "lora", "precision": "bfloat16", "audition": False, "effective_batch": 64}
    return (
        Row("gpu-full", "full, bfloat16", "gpu", MANY, asked | {"method": "full"}),
        Row("gpu-lora", "LoRA r16, bfloat16", "gpu", MANY, asked | {"method": "lora"}),
        Row("gpu-fit", "LoRA r16, the memory given", "fit", MIXED, fit),
        forecast("forecast-full", "full, bfloat16", method="full", precision="bfloat16"),
        forecast("forecast-lora", "LoRA r16, bfloat16", method="lora", precision="bfloat16"),
    )


def main() -> None:
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the workspace is removed
    load_before = os.getloadavg()[0]
    found: dict[str, dict[str, Any]] = {}
    failure = ""
    wanted = {row.dataset for row in options.rows} | ({PAIR} if options.reference_python else set())
    lengths = {name: lengths_s for name, lengths_s in DATASETS.items() if name in wanted}
    try:
        with workspace(options.model, lengths) as home:
            for key, title, command, environment in jobs(home, options):
                found[key] = {"title": title} | answer(title, command, environment)
                print(told(key, found[key]), file=sys.stderr, flush=True)
                for written in (Workspace(home).runs, Workspace(home).models):  # 6 GB of a full training
                    shutil.rmtree(written, ignore_errors=True)
    except (WorkerError, StudioError, OSError) as error:
        failure = f"{error}\ndocs/benchmarks.md tells what is needed."
    machine = {"processor": processor_name(), "cores": os.cpu_count(), "threads": options.threads}
    machine |= {"load_before": load_before, "load_after": os.getloadavg()[0], "quick": options.quick}
    if found:  # also where something failed later
        print(tables(found, machine))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "rows": found}, indent=2), "utf-8")
    sys.exit(failure or 0)


DATASETS = {PAIR: PAIR_S, MIXED: MIXED_S, MANY: MANY_S}


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference-python", type=Path, help="Python of an environment that has coqui-tts")
    parser.add_argument(
        "--model", type=Path, help="a folder as published: config.json, vocab.json, model.pth, dvae.pth"
    )
    parser.add_argument("--steps", type=int, default=10, help="of each training, a checkpoint after half of them")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--batch", type=int, default=32, help="clips at a time, on a GPU")
    parser.add_argument(
        "--memory-gb", type=float, help="memory that training may take, for what fits into a smaller GPU"
    )
    parser.add_argument("--peak-tflops", type=float, help="of the GPU in bfloat16; measured when left out")
    parser.add_argument("--only", nargs="+", metavar="ROW", help="some rows only; --device decides which there are")
    parser.add_argument("--quick", action="store_true", help="as few steps as possible: does it work, not how fast")
    parser.add_argument("--json", type=Path, help="also write every figure here")
    options = parser.parse_args()
    options.steps = 3 if options.quick else options.steps
    rows = ROWS if options.device == "cpu" else gpu_rows(options.batch)
    names = [REFERENCE, *(row.key for row in rows)]
    if unknown := set(options.only or ()) - set(names):
        parser.error(f"--only: there is no row {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    options.rows = [row for row in rows if not options.only or row.key in options.only]
    if options.reference_python and options.only and REFERENCE not in options.only:
        options.reference_python = None
    return options


def jobs(home: Path, options: argparse.Namespace) -> Iterator[tuple[str, str, list[str], dict[str, str]]]:
    """Key, title, command and environment of each measurement; the reference's first."""
    environment = os.environ | {"OMP_NUM_THREADS": str(options.threads), "XTTS_DEVICE": options.device}
    if options.device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = ""
    if options.reference_python:
        script = str(ROOT / "benchmarks" / "reference_training_worker.py")
        command = [str(options.reference_python), script, json.dumps(reference_job(home, options))]
        yield REFERENCE, "reference, full, float32", command, environment
    for number, row in enumerate(options.rows):
        request = row.asked | {"name": f"measured-{number}", "dataset": row.dataset} | lengths_of(row, options.steps)
        job = {"do": row.does, "home": str(home), "request": request, "threads": options.threads}
        job["peak_tflops"] = options.peak_tflops
        limited = environment | memory_limit(options.memory_gb) if row.does == "fit" else environment
        command = [sys.executable, "-m", "benchmarks.training_worker", json.dumps(job)]
        yield row.key, row.title, command, limited


def lengths_of(row: Row, count: int) -> dict[str, int]:
    """How many steps: where they are timed, with a checkpoint in the middle."""
    if row.does in ("train", "gpu"):
        return {"epochs": 100, "max_steps": count, "save_every_steps": count // 2 + 1}
    return {"epochs": max(1, count // 4), "save_every_steps": 1000}


def memory_limit(gigabytes: float | None) -> dict[str, str]:
    return {} if gigabytes is None else {"XTTS_TRAINING_MEMORY_BYTES": str(round(gigabytes * 1e9))}


def reference_job(home: Path, options: argparse.Namespace) -> dict[str, Any]:
    base = base_folder(Workspace(home))
    arguments = json.loads((base / "config.json").read_text(encoding="utf-8"))["model_args"]
    return {
        "base": str(base),
        "base_sizes": {name: arguments[name] for name in AUDIO_TOKENS},
        "clips": [(str(path), text) for path, text in clips(home, PAIR)],
        "steps": options.steps,
        "threads": options.threads,
    }


def answer(name: str, command: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """What a worker tells. Raises WorkerError with the last line it said where it fails."""
    try:
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    except OSError as error:
        raise WorkerError(f"{command[0]} can't be started: {error.strerror}.") from None
    lines = [line for line in ended.stderr.splitlines() if line.strip()]
    if not ended.stdout.strip():
        last = f"It said last: {lines[-1].strip()}" if lines else "It said nothing."
        raise WorkerError(f"{name} ended with exit status {ended.returncode}. {last}")
    found: dict[str, Any] = json.loads(ended.stdout)
    if "error" in found:
        raise WorkerError(f"{name} failed: {found['error']}")
    return found


if __name__ == "__main__":
    main()
