"""The table of figures that benchmarks.reference took, and what each row is."""

from __future__ import annotations

import platform
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

Figures = dict[str, float]
Runs = dict[str, list[Figures]]
"""The figures of each run, by the program's name."""

OTHERS = "others_"  # before a figure's key: the share of the machine that other programs took meanwhile
MUCH = 0.1  # of the machine: from here on a figure tells more of them than of what is measured


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


def table(runs: Runs, facts: dict[str, Any], machine: dict[str, Any]) -> str:
    """Medians of all runs; the ratio is the median of each run's own."""
    names = [*runs, "reference / ours"] if "reference" in runs else [*runs, "reference elsewhere"]
    lines = [
        f"{machine['processor']}, {machine['cores']} cores, load {machine['load_before']:.1f} before; "
        f"{machine['threads']} threads; {machine['runs']} run(s), medians",
        *(f"{name}: {', '.join(f'{what} {value}' for what, value in told.items())}" for name, told in facts.items()),
        *([] if "reference" in runs else [f"reference elsewhere: {PUBLISHED_MACHINE}"]),
        *(["QUICK: these figures only tell that it works"] if machine["quick"] else []),
        *disturbance(runs),
        "",
        f"{'':44}" + "".join(f"{name:>21}" for name in names),
    ]
    for row in ROWS:
        cells = [median(run[row.key] for run in of_one) for of_one in runs.values() if row.key in of_one[0]]
        if cells:
            last = row.published if "reference" not in runs else f"{ratio(runs, row.key):.2f}"
            lines.append(f"{row.name + ', ' + row.unit:44}" + "".join(f"{c:>21.2f}" for c in cells) + f"{last:>21}")
    return "\n".join(lines)


def disturbance(runs: Runs) -> list[str]:
    """A line of warning where other programs took much of the machine."""
    shares = [(share, key) for of_one in runs.values() for run in of_one for key, share in run.items() if OTHERS in key]
    share, key = max(shares, default=(0.0, ""))
    if share < MUCH:
        return []
    return [f"NOT QUIET: other programs took up to {share:.0%} of the machine (at {key.removeprefix(OTHERS)!r})"]


def ratio(runs: Runs, key: str) -> float:
    return median(theirs[key] / ours[key] for theirs, ours in zip(runs["reference"], runs["ours"], strict=True))


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
