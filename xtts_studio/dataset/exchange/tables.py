"""Texts in tables: how foreign metadata files write them down, and how such files are read whatever they look like."""

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

_BREAKS = re.compile("\r\n|[\0\n\v\f\r\x1c-\x1e\x85\u2028\u2029]")  # all that some reader takes for the end of a line
_MOST_JOINED = 50
_LONGEST_FIELD = 1 << 24


@dataclass(frozen=True)
class Line:
    """A row of a table; `cells` is None where it can't be read."""

    number: int
    cells: list[str] | None


def one_line(text: str) -> str:
    """The text without line breaks, which many readers of tables take for the end of a row."""
    return _BREAKS.sub(" ", text)


def without_pipes(text: str) -> str:
    """For a table that knows no quotes."""
    return one_line(text).replace("|", " ")


def csv_line(cells: Sequence[str], delimiter: str) -> bytes:
    """A row, with quotes where they are needed."""
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter, lineterminator="\n").writerow(cells)
    return out.getvalue().encode()


def plain_lines(text: str, delimiter: str) -> Iterator[Line]:
    """Rows of a table that knows no quotes."""
    for number, line in _numbered(text):
        if line.strip():
            yield Line(number, line.split(delimiter))


def csv_lines(text: str, delimiter: str, is_row: Callable[[list[str]], bool]) -> Iterator[Line]:
    """Rows of a table with quotes, also where somebody wrote a quote that none closes.

    A quoted text may go on in the next lines, unless one of them is a row itself (`is_row`): then the quote is part of
    the text. Python's own reader would take all that follows for one text.
    """
    csv.field_size_limit(_LONGEST_FIELD)
    lines = [line for _, line in _numbered(text)]
    at = 0
    while at < len(lines):
        cells, used = _record(lines[at : at + _MOST_JOINED], delimiter, is_row)
        if cells is None or any(cell.strip() for cell in cells):
            yield Line(at + 1, cells)
        at += used


def _record(lines: list[str], delimiter: str, is_row: Callable[[list[str]], bool]) -> tuple[list[str] | None, int]:
    """The first row, and how many lines it takes."""
    if (cells := _parsed(lines[0], delimiter)) is not None:
        return cells, 1
    for count in range(2, len(lines) + 1):
        if is_row(lines[count - 1].split(delimiter)):
            break
        if (cells := _parsed("\n".join(lines[:count]), delimiter)) is not None:
            return cells, count
    literal = lines[0].split(delimiter)
    return (literal if is_row(literal) else None), 1


def _parsed(record: str, delimiter: str) -> list[str] | None:
    """The cells of a row; None where a quote is left open."""
    try:
        rows = list(csv.reader(io.StringIO(record, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else [] if not rows else None


def _numbered(text: str) -> Iterator[tuple[int, str]]:
    """Lines as editors count them; a text may hold other characters that Python calls line ends."""
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line.removesuffix("\r")
