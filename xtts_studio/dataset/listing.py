"""Which chunks of a dataset to show, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from xtts_studio.dataset.store import CHUNKS
from xtts_studio.shapes import Chunk, ClipReport, Light, Xray

Order = Literal["list", "doubt", "duration", "confidence"]
"""list: as they were added; doubt: most harmful first; duration: longest first; confidence: least sure first."""


DOUBTFUL_FLAGS = frozenset(("first_word_cut", "last_word_cut", "heard_differently"))
"""With one of these a chunk is better listened to; as a flag to look for they are called `doubtful` together."""


@dataclass(frozen=True)
class Filter:
    """What chunks to show; None and "" mean any. `text` is looked for in texts and file names, in any case."""

    state: Literal["active", "dropped"] | None = None
    text: str = ""
    flag: str | None = None
    finding: str | None = None
    light: Light | None = None
    recording: str | None = None
    has_text: bool | None = None


def chosen(chunks: list[Chunk], wanted: Filter, order: Order, xray: Xray | None) -> list[Chunk]:
    """The chunks that fit, in the order asked for. Without an x-ray nothing has a finding, and doubt orders nothing."""
    reports = {report.file: report for report in xray.clips} if xray else {}
    tests = list(_tests(wanted, reports))
    found = [chunk for chunk in chunks if all(test(chunk) for test in tests)]
    key = _keys(reports).get(order)
    return sorted(found, key=key) if key else found


def _tests(wanted: Filter, reports: dict[str, ClipReport]) -> list[Callable[[Chunk], bool]]:
    tests: list[Callable[[Chunk], bool]] = []
    if wanted.state:
        tests.append(lambda chunk: chunk.state == wanted.state)
    if wanted.recording:
        tests.append(lambda chunk: chunk.recording == wanted.recording)
    if wanted.has_text is not None:
        tests.append(lambda chunk: bool(chunk.text.strip()) is wanted.has_text)
    if wanted.flag:
        flags = DOUBTFUL_FLAGS if wanted.flag == "doubtful" else frozenset((wanted.flag,))
        tests.append(lambda chunk: not flags.isdisjoint(chunk.flags))
    if wanted.text:
        looked_for = wanted.text.casefold()
        tests.append(lambda chunk: looked_for in chunk.text.casefold() or looked_for in chunk.file.removeprefix(CHUNKS))
    if (wanted.light or wanted.finding not in (None, "dropped")) and wanted.state is None:
        tests.append(lambda chunk: chunk.state == "active")  # as the x-ray counts them
    if wanted.light:
        lit = {file for file, report in reports.items() if report.light == wanted.light}
        tests.append(lambda chunk: chunk.file in lit)
    if wanted.finding:
        hit = {file for file, report in reports.items() if any(one.code == wanted.finding for one in report.findings)}
        tests.append(lambda chunk: chunk.file in hit)
    return tests


def _keys(reports: dict[str, ClipReport]) -> dict[Order, Callable[[Chunk], float]]:
    """What each order sorts by, the least first; chunks that are equal stay as they are in the list."""
    doubts = {file: report.doubt for file, report in reports.items()}
    return {
        "doubt": lambda chunk: -doubts.get(chunk.file, 0.0),
        "duration": lambda chunk: -chunk.duration_s,
        "confidence": lambda chunk: 2.0 if chunk.confidence is None else chunk.confidence,
    }
