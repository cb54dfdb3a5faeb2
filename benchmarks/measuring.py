"""The worker's side of a measurement, the same for every program that speaks: JSON lines in, JSON lines out.

    {"do": "speak", "pieces": ["Hello."], "codes": 20}
    {"wall_s": 2.1, "processor_s": 4.0, "samples": 21504}

Only the standard library, of Python 3.10 and newer: the reference's worker imports this in an environment of its own.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol

Answer = dict[str, Any]


class Speaker(Protocol):
    """A program that speaks. What is imported when one is made counts as its start, not as loading."""

    def load(self, folder: Path, threads: int) -> None:
        """Read the model, ready to speak."""

    def condition(self, clip: Path) -> None:
        """Make a voice of a recording, and speak with it from now on."""

    def speak(self, pieces: list[str], codes: int) -> int:
        """Speak all pieces, `codes` audio codes each; how many samples that made."""

    def stream(self, text: str, codes: int) -> Iterator[int]:
        """Speak one piece; how many samples each part of the stream has, as soon as it is there."""

    def decode(self, text: str, codes: int) -> list[float]:
        """Seconds that each code but the first took, without making sound of them."""

    def facts(self) -> dict[str, str]:
        """Versions and settings that a figure depends on."""


def serve(make: Callable[[], Speaker]) -> None:
    """Answer until the input ends. Whatever libraries print goes to the error stream."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    speaker: Speaker | None = None
    for line in sys.stdin:
        try:
            speaker = speaker or make()
            answer = _answered(speaker, json.loads(line))
        except Exception as error:  # the other side tells it to a person
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _answered(speaker: Speaker, request: dict[str, Any]) -> Answer:
    acts: dict[str, Callable[[], Answer]] = {
        "load": lambda: _load(speaker, request),
        "condition": lambda: _condition(speaker, request),
        "first_word": lambda: _condition(speaker, request) | _first(speaker, request),
        "speak": lambda: {"samples": speaker.speak(request["pieces"], request["codes"])},
        "stream": lambda: _stream(speaker, request),
        "first": lambda: _first(speaker, request),
        "decode": lambda: {"codes_s": speaker.decode(request["text"], request["codes"])},
        "facts": lambda: {"facts": speaker.facts()},
        "peak": lambda: {"peak_bytes": peak_bytes()},
    }
    start, processor_start = time.perf_counter(), time.process_time()
    answer = acts[request["do"]]()
    return answer | {
        "wall_s": time.perf_counter() - start,
        "processor_s": time.process_time() - processor_start,
    }


def _load(speaker: Speaker, request: dict[str, Any]) -> Answer:
    speaker.load(Path(request["folder"]), request["threads"])
    return {}


def _condition(speaker: Speaker, request: dict[str, Any]) -> Answer:
    speaker.condition(Path(request["clip"]))
    return {}


def _first(speaker: Speaker, request: dict[str, Any]) -> Answer:
    parts = speaker.stream(request["text"], request["codes"])
    return {"samples": next(parts)}


def _stream(speaker: Speaker, request: dict[str, Any]) -> Answer:
    start, samples, first_s = time.perf_counter(), 0, None
    for part in speaker.stream(request["text"], request["codes"]):
        first_s = first_s or time.perf_counter() - start
        samples += part
    return {"samples": samples, "first_s": first_s}


def peak_bytes() -> int:
    """The most memory this process ever had, without that of the process that started it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="utf-8")
    except OSError:  # not Linux
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
