"""Transcripts in tables: CSV with times (`start,end,text`) or as LJ Speech has them (`id|text`)."""

import csv
import io
import re

from xtts_studio.errors import InvalidInput
from xtts_studio.shapes import TranscriptCue

_SEPARATORS = ",;|\t"
_TEXT = ("text", "transcript", "transcription", "sentence", "normalized_text", "normalized_transcription")
_START = ("start", "start_s", "begin", "from", "start_time", "start time")
_END = ("end", "end_s", "stop", "to", "end_time", "end time")
_SPEAKER = ("speaker", "speaker_name", "voice")
_IDS = ("id", "file", "file_name", "audio_file", "name", "path", "audio")
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")

Row = tuple[int, list[str]]


def looks_like_table(text: str) -> bool:
    """Does the first line name the columns of a table: one with the text, and another one that is known?"""
    first = next((line for line in text.split("\n") if line.strip()), "")
    names = {name.strip(' "').lower() for name in re.split(f"[{_SEPARATORS}]", first)}
    return bool(names & set(_TEXT)) and bool(names & {*_START, *_END, *_SPEAKER, *_IDS})


def read_table(text: str) -> tuple[list[TranscriptCue], list[str]]:
    """The cues of a table, in the order of its rows. Raises `InvalidInput` naming the line and what was expected."""
    separator = _separator(text)
    rows = _rows(text, separator)
    if not rows:
        return [], []
    columns = _columns(rows[0][1])
    if columns is None:
        return [_headless(row, separator) for row in rows], []
    return [cue for row in rows[1:] if (cue := _cue(row, columns, len(rows[0][1]), separator)) is not None], []


def _separator(text: str) -> str:
    """The separator of the first line: the one that is there most often."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return max(_SEPARATORS, key=first.count) if any(one in first for one in _SEPARATORS) else ","


def _rows(text: str, separator: str) -> list[Row]:
    """The rows with the numbers of their (last) lines; empty ones are left out."""
    lines = io.StringIO(text, newline="")
    if separator == "|":  # LJ Speech's quotes are part of the text
        reader = csv.reader(lines, delimiter=separator, quoting=csv.QUOTE_NONE)
    else:
        reader = csv.reader(lines, delimiter=separator, strict=True)
    rows: list[Row] = []
    try:
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((reader.line_num, [cell.strip() for cell in row]))
    except csv.Error as error:
        raise InvalidInput(
            f"Line {reader.line_num} of the table can't be read: {error}.",
            hint="Put texts that have the separator in them between double quotes, and double the quotes inside.",
        ) from error
    return rows


def _columns(names: list[str]) -> dict[str, int] | None:
    """Which column is what; None where the first row is no header."""
    lowered = [name.lower() for name in names]

    def first(known: tuple[str, ...]) -> int | None:
        return next((lowered.index(name) for name in known if name in lowered), None)

    found = {"text": first(_TEXT), "start": first(_START), "end": first(_END), "speaker": first(_SPEAKER)}
    named = {key: at for key, at in found.items() if at is not None}
    if "text" in named:
        return named
    if named or any(name in _IDS for name in lowered):
        raise InvalidInput(
            f"The table's header has no column with the text: found {', '.join(names)[:120]!r}, expected `text`.",
            hint="Name the columns start,end,text.",
        )
    return None


def _cue(row: Row, columns: dict[str, int], width: int, separator: str) -> TranscriptCue | None:
    number, cells = row
    if len(cells) != width:
        raise InvalidInput(
            f"Line {number} of the table has {len(cells)} columns, expected {width} as in its header.",
            hint=f"Put a text that holds {separator!r} between double quotes.",
        )
    text = " ".join(cells[columns["text"]].split())
    times = [_time(row, cells[columns[key]]) if key in columns else None for key in ("start", "end")]
    speaker = cells[columns["speaker"]] if "speaker" in columns else None
    return TranscriptCue(text=text, start_s=times[0], end_s=times[1], speaker=speaker or None) if text else None


def _headless(row: Row, separator: str) -> TranscriptCue:
    """A row without a header: start, end, text; or LJ Speech's name, text and normalised text; or the text alone."""
    number, cells = row
    if len(cells) >= 3 and separator != "|":
        times = [_time(row, cell) for cell in cells[:2]]
        return TranscriptCue(text=" ".join(f"{separator} ".join(cells[2:]).split()), start_s=times[0], end_s=times[1])
    if separator == "|" and len(cells) in (2, 3):
        return TranscriptCue(text=" ".join(cells[1].split()))
    if len(cells) == 1:
        return TranscriptCue(text=" ".join(cells[0].split()))
    raise InvalidInput(
        f"Line {number} of the table has {len(cells)} columns, expected start, end and text.",
        hint="Begin the table with a header: start,end,text.",
    )


def _time(row: Row, cell: str) -> float | None:
    """Seconds, or hours:minutes:seconds."""
    if not cell:
        return None
    if clock := _CLOCK.fullmatch(cell):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3].replace(",", "."))
    if _NUMBER.fullmatch(cell):
        return float(cell.replace(",", "."))
    raise InvalidInput(
        f"Line {row[0]} of the table has no time where one was expected: found {cell[:40]!r}, "
        "expected seconds (12.5) or 0:00:12.5.",
        hint="Correct this line, or name the columns in a header: start,end,text.",
    )
