"""Our model and the reference (coqui-tts) on this machine, in turns: time, memory, and how many times ours is faster.

    python -m benchmarks.reference --reference-python REFERENCE/bin/python [--model FOLDER] [--precision int8]

Without --reference-python ours stands beside figures of the reference from another machine. Without --model a model of
official size is generated first: speed and memory are real, the sound is noise. docs/benchmarks.md tells how the
reference is set up, and what each row means.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np
import soundfile

from benchmarks.endless_model import endless_model
from benchmarks.report import OTHERS, ROWS, Figures, Runs, processor_name, table
from benchmarks.texts import PARAGRAPH, PARAGRAPH_CODES, PIECE_CODES, PIECES, SENTENCE, SENTENCE_CODES
from benchmarks.workers import OURS, Worker, WorkerError, reference_command
from xtts_studio.errors import StudioError

RATE_HZ = 24_000
CLIP_S, CLIP_RATE_HZ = 10, 22_050
DECODED_CODES = 60
LENGTH_TOLERANCE = 0.02
SHORTEST_S = 0.2  # in less the system's own count of time is too coarse
TICKS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
QUICK = {"sentence": 24, "piece": 12, "decoded": 16}


class Act(NamedTuple):
    """Something to ask of each program in turn, and what its answer says."""

    gives: str
    ask: str
    what: dict[str, Any]
    read: Callable[[dict[str, Any]], float]
    samples: int | None = None  # how many a right answer has


def main() -> None:
    options = read_options()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that the model's copy is removed
    try:
        with endless_model(options.model) as folder, tempfile.TemporaryDirectory() as clips:
            load_before = os.getloadavg()[0]
            runs, facts = measured(folder, Path(clips), options)
    except (WorkerError, StudioError, OSError) as error:
        sys.exit(f"{error}\ndocs/benchmarks.md tells what is needed.")
    machine = {"processor": processor_name(), "cores": os.cpu_count(), "threads": options.threads}
    machine |= {"load_before": load_before, "runs": options.runs, "quick": options.quick}
    print(table(runs, facts, machine))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "facts": facts, "runs": runs}, indent=2), "utf-8")


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference-python", type=Path, help="Python of an environment that has coqui-tts")
    parser.add_argument("--model", type=Path, help="a folder as published: config.json, vocab.json, model.pth")
    parser.add_argument("--runs", type=int, default=3, help="each starts both programs anew; the median counts")
    parser.add_argument("--precision", default="float32", choices=["float32", "bfloat16", "int8", "fastest"])
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--only", nargs="+", metavar="ROW", help=f"of {', '.join(row.key for row in ROWS)}")
    parser.add_argument("--quick", action="store_true", help="one run of few codes: does it work, not how fast")
    parser.add_argument("--json", type=Path, help="also write every run's figures here")
    options = parser.parse_args()
    if unknown := set(options.only or ()) - {row.key for row in ROWS}:
        parser.error(f"--only: there is no row {', '.join(sorted(unknown))}")
    options.runs = 1 if options.quick else options.runs
    return options


def measured(folder: Path, clips: Path, options: argparse.Namespace) -> tuple[Runs, dict[str, Any]]:
    """The figures of each run and the facts of each program, by its name. Who is first changes from run to run."""
    commands = {"ours": [*OURS, "--precision", options.precision]}
    if options.reference_python:
        commands = {"reference": reference_command(options.reference_python)} | commands
    runs: Runs = {name: [] for name in commands}
    facts: dict[str, Any] = {}
    for run in range(options.runs):
        order = list(commands) if run % 2 == 0 else list(reversed(commands))
        with ExitStack() as stack:
            workers, figures = [], {}
            for name in order:
                worker = stack.enter_context(Worker(name, commands[name], options.threads))
                figures[name] = started(worker, folder, clip(clips, 2 * run), options.threads)
                facts[name] = worker.ask("facts")["facts"]
                workers.append(worker)
            for act in acts(clip(clips, 2 * run + 1), options):
                for worker in workers:
                    figure, others = done(act, worker)
                    figures[worker.name] |= {act.gives: figure, OTHERS + act.gives: others}
                    tell(f"run {run + 1}: {worker.name:9}  {act.gives:14} {figure:8.3f}   others {others:4.0%}")
            for name, row in figures.items():
                runs[name].append(row | streaming_cost(row))
    return runs, facts


def started(worker: Worker, folder: Path, recording: Path, threads: int) -> Figures:
    """From the start of the process to its first sound, nothing else between."""
    load_s = worker.ask("load", folder=str(folder), threads=threads)["wall_s"]
    ready_s = worker.age_s
    worker.ask("first_word", clip=str(recording), text=PARAGRAPH, codes=PARAGRAPH_CODES)
    return {"load": load_s, "ready": ready_s, "first_word": worker.age_s}


def acts(recording: Path, options: argparse.Namespace) -> Iterator[Act]:
    sentence = QUICK["sentence"] if options.quick else SENTENCE_CODES
    piece = QUICK["piece"] if options.quick else PIECE_CODES
    decoded = QUICK["decoded"] if options.quick else DECODED_CODES
    one, all_pieces = {"pieces": [SENTENCE], "codes": sentence}, {"pieces": PIECES, "codes": piece}
    every = (
        Act("condition", "condition", {"clip": str(recording)}, seconds),
        Act("code", "decode", {"text": SENTENCE, "codes": decoded}, lambda answer: median(answer["codes_s"]) * 1000),
        Act("first", "first", {"text": PARAGRAPH, "codes": PARAGRAPH_CODES}, seconds),
        Act("sentence", "speak", one, real_time_factor, samples_of(sentence)),
        Act("stream", "stream", {"text": SENTENCE, "codes": sentence}, real_time_factor, samples_of(sentence)),
        Act("peak_sentence", "peak", {}, gigabytes),
        Act("pieces", "speak", all_pieces, real_time_factor, len(PIECES) * samples_of(piece)),
        Act("peak", "peak", {}, gigabytes),
    )
    return (act for act in every if not options.only or act.gives in options.only)


def done(act: Act, worker: Worker) -> tuple[float, float]:
    """The figure, and the share of the machine that other programs took meanwhile."""
    busy_before = busy_s()
    answer = worker.ask(act.ask, **act.what)
    others = (busy_s() - busy_before - answer["processor_s"]) / ((os.cpu_count() or 1) * answer["wall_s"])
    if act.samples and abs(answer["samples"] / act.samples - 1) > LENGTH_TOLERANCE:
        raise WorkerError(f"{worker.name} spoke {answer['samples']} samples at {act.gives!r}, expected {act.samples}.")
    return act.read(answer), min(max(others, 0.0), 1.0) if answer["wall_s"] > SHORTEST_S else 0.0


def busy_s() -> float:
    """Processor time of all programs since the machine started, with what its host took away; 0 where unknown."""
    try:
        fields = Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()[1:]
    except OSError:
        return 0.0
    ticks = dict(zip(TICKS, map(int, fields), strict=False))
    return (sum(ticks.values()) - ticks["idle"] - ticks["iowait"]) / os.sysconf("SC_CLK_TCK")


def seconds(answer: dict[str, Any]) -> float:
    return float(answer["wall_s"])


def real_time_factor(answer: dict[str, Any]) -> float:
    """Seconds of work for a second of sound."""
    return float(answer["wall_s"] / (answer["samples"] / RATE_HZ))


def gigabytes(answer: dict[str, Any]) -> float:
    return float(answer["peak_bytes"] / 1e9)


def samples_of(codes: int) -> int:
    return int(4 * codes * 24_000 / 22_050) * 256


def streaming_cost(row: Figures) -> Figures:
    return {"stream_cost": row["stream"] / row["sentence"]} if {"stream", "sentence"} <= row.keys() else {}


def clip(folder: Path, number: int) -> Path:
    """A wavering tone, another for each number: nothing kept from an earlier recording can help."""
    time_s = np.arange(CLIP_S * CLIP_RATE_HZ) / CLIP_RATE_HZ
    wave = 0.3 * np.sin(2 * np.pi * (140 + number) * time_s) * np.sin(2 * np.pi * 2 * time_s)
    path = folder / f"{number}.wav"
    soundfile.write(path, wave, CLIP_RATE_HZ)
    return path


def tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
