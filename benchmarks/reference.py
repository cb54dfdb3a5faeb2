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
import platform
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
from benchmarks.texts import PARAGRAPH, PARAGRAPH_CODES, PIECE_CODES, PIECES, SENTENCE, SENTENCE_CODES
from benchmarks.workers import OURS, Worker, WorkerError, reference_command

RATE_HZ = 24_000
CLIP_S, CLIP_RATE_HZ = 10, 22_050
DECODED_CODES = 60
LENGTH_TOLERANCE = 0.02
QUICK = {"sentence": 24, "piece": 12, "decoded": 16}
Figures = dict[str, float]


class Row(NamedTuple):
    """One line of the table. `published`: the reference's figure on PUBLISHED_MACHINE, where one was taken."""

    key: str
    name: str
    unit: str
    published: str = "–"


PUBLISHED_MACHINE = "coqui-tts 0.28.0, torch 2.13.0, 2 cores of an AMD EPYC (Zen 5), no other load"
ROWS = (
    Row("ready", "start of the process to ready", "s", "22–27"),
    Row("load", "of it, reading the model", "s", "17–21"),
    Row("first_word", "start of the process to the first sound", "s"),
    Row("condition", "a voice of a 10 s recording", "s", "0.39–0.45"),
    Row("code", "one code (46 ms of sound)", "ms", "84–88"),
    Row("sentence", "one sentence, at once", "RTF", "2.29"),
    Row("pieces", "2 000 characters in ten pieces", "RTF", "2.29"),
    Row("first", "first sound of 250 characters", "s", "2.9"),
    Row("stream", "one sentence, streamed to its end", "RTF", "3.1–4.0"),
    Row("stream_cost", "streamed / at once", "×"),
    Row("peak_sentence", "peak memory with one sentence", "GB", "4.1"),
    Row("peak", "peak memory with all of the above", "GB"),
)


class Act(NamedTuple):
    """Something to ask of each program in turn, and what its answer says."""

    gives: str
    ask: str
    what: dict[str, Any]
    read: Callable[[dict[str, Any]], float]
    samples: int | None = None  # how many a right answer has


def main() -> None:
    options = read_options()
    try:
        with endless_model(options.model) as folder, tempfile.TemporaryDirectory() as clips:
            load_before = os.getloadavg()[0]
            runs, facts = measured(folder, Path(clips), options)
    except (WorkerError, FileNotFoundError) as error:
        sys.exit(f"{error}\nSee docs/benchmarks.md for how to set it up.")
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


def measured(folder: Path, clips: Path, options: argparse.Namespace) -> tuple[dict[str, list[Figures]], dict[str, Any]]:
    """The figures of each run and the facts of each program, by its name. Who is first changes from run to run."""
    commands = {"ours": [*OURS, "--precision", options.precision]}
    if options.reference_python:
        commands = {"reference": reference_command(options.reference_python)} | commands
    runs: dict[str, list[Figures]] = {name: [] for name in commands}
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
                    figures[worker.name][act.gives] = done(act, worker)
                    tell(run, worker.name, act.gives, figures[worker.name][act.gives])
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


def done(act: Act, worker: Worker) -> float:
    answer = worker.ask(act.ask, **act.what)
    if act.samples and abs(answer["samples"] / act.samples - 1) > LENGTH_TOLERANCE:
        raise WorkerError(f"{worker.name} spoke {answer['samples']} samples at {act.gives!r}, expected {act.samples}.")
    return act.read(answer)


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


def table(runs: dict[str, list[Figures]], facts: dict[str, Any], machine: dict[str, Any]) -> str:
    """Medians of all runs; the ratio is the median of each run's own."""
    names = [*runs, "reference / ours"] if "reference" in runs else [*runs, "reference elsewhere"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load_before']:.1f} before; "
        f"{machine['threads']} threads; {machine['runs']} run(s), medians",
        *(f"{name}: {', '.join(f'{what} {value}' for what, value in told.items())}" for name, told in facts.items()),
        *([] if "reference" in runs else [f"reference elsewhere: {PUBLISHED_MACHINE}"]),
        *(["QUICK: these figures only tell that it works"] if machine["quick"] else []),
        "",
        f"{'':44}" + "".join(f"{name:>21}" for name in names),
    ]
    for row in ROWS:
        cells = [median(run[row.key] for run in of_one) for of_one in runs.values() if row.key in of_one[0]]
        if cells:
            last = row.published if "reference" not in runs else f"{ratio(runs, row.key):.2f}"
            lines.append(f"{row.name + ', ' + row.unit:44}" + "".join(f"{c:>21.2f}" for c in cells) + f"{last:>21}")
    return "\n".join(lines)


def ratio(runs: dict[str, list[Figures]], key: str) -> float:
    return median(theirs[key] / ours[key] for theirs, ours in zip(runs["reference"], runs["ours"], strict=True))


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def tell(run: int, who: str, what: str, figure: float) -> None:
    print(f"run {run + 1}: {who:9}  {what:14} {figure:.3f}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
