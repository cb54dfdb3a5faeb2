"""LJSpeech, Coqui and audiofolder: tables that name sound files."""

import json
import posixpath
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from xtts_studio.books.encodings import decode
from xtts_studio.dataset.exchange.reading import (
    LANGUAGES,
    MOST_TEXT_BYTES,
    SPEAKERS,
    TEXTS,
    Clip,
    Format,
    Reading,
    Sounds,
    ending,
    nothing_found,
    refuse_another,
    topmost,
)
from xtts_studio.dataset.exchange.records import Records
from xtts_studio.dataset.exchange.sources import Source
from xtts_studio.dataset.exchange.tables import Line, csv_lines, plain_lines
from xtts_studio.errors import DatasetError
from xtts_studio.shapes import Rejection

_FILES = ("file_name", "audio_file")
_GENERIC_SPEAKER = "coqui"


@dataclass(frozen=True)
class Row:
    """A line of a table that could be read: `texts` are its readings of the text, the best first."""

    table: str
    number: int
    file: str
    texts: tuple[str, ...]
    language: str | None = None
    speaker: str | None = None


Rows = Iterator[Row | Rejection]


def read_ljspeech(source: Source, records: Records | None) -> Reading:
    """`metadata.csv`: id|text|normalised text, without quotes."""
    table = topmost(source, "metadata.csv", "metadata.txt")
    if table is None:
        raise nothing_found("metadata.csv", source)
    refuse_another(source, table)
    text, notices = _text(source, table)
    rows = list(_ljspeech_rows(table, text))
    if records is None and _second_is_speaker(rows):
        rows = [_with_speaker(row) if isinstance(row, Row) else row for row in rows]
        notices.append(f"{table}: the second column was taken for the speaker, since it is nearly always the same.")
    return _reading("ljspeech", source, records, rows, [table], notices)


def _ljspeech_rows(table: str, text: str) -> Rows:
    for line in plain_lines(text, "|"):
        cells = line.cells or []
        if not 2 <= len(cells) <= 3 or not cells[0].strip():
            yield _unreadable(table, line, f"it has {len(cells)} columns; id|text|normalised text are expected")
        else:
            yield Row(table, line.number, cells[0], tuple(cells[1:]))


def _second_is_speaker(rows: list[Row | Rejection]) -> bool:
    """Some write file|speaker|text with as many columns: few speakers, none of them what is said."""
    pairs = [row.texts for row in rows if isinstance(row, Row) and len(row.texts) == 2]
    few = len(pairs) >= 10 and len({first for first, _ in pairs}) * 5 <= len(pairs)
    return few and all(first.strip() != second.strip() for first, second in pairs)


def _with_speaker(row: Row) -> Row:
    first, *rest = row.texts
    return replace(row, speaker=first.strip() or None, texts=tuple(rest)) if rest else row


def read_coqui(source: Source, records: Records | None) -> Reading:
    """`metadata_train.csv` and `metadata_eval.csv`: audio_file|text|speaker_name."""
    first = topmost(source, "metadata_train.csv", "metadata_eval.csv", "metadata.csv")
    if first is None:
        raise nothing_found("metadata_train.csv", source)
    refuse_another(source, first)
    folder = posixpath.dirname(first)
    names = (posixpath.join(folder, name) for name in ("metadata_train.csv", "metadata_eval.csv", "metadata.csv"))
    tables = [name for name in names if name in source.sizes]
    if len(tables) > 1:
        tables = [name for name in tables if not name.endswith("metadata.csv")]
    rows, notices = _csv_tables(source, tables, "|")
    reading = _reading("coqui", source, records, rows, tables, notices)
    language = posixpath.join(folder, "lang.txt")
    if reading.language is None and language in source.sizes:
        reading.language = source.read(language, 1000).decode("utf-8", "replace").strip() or None
    return reading


def read_audiofolder(source: Source, records: Records | None) -> Reading:
    """`metadata.jsonl` or `metadata.csv` beside the sounds, in as many folders as there are."""
    tables = [name for name in ending(source, ".jsonl") if posixpath.basename(name) == "metadata.jsonl"]
    rows: list[Row | Rejection] = []
    notices: list[str] = []
    for table in tables:
        rows += _json_rows(table, source.read(table, MOST_TEXT_BYTES))
    comma = [name for name in ending(source, "metadata.csv") if posixpath.basename(name) == "metadata.csv"]
    found, told = _csv_tables(source, comma, ",")
    if not tables and not comma:
        raise nothing_found("metadata.jsonl or metadata.csv", source)
    return _reading("audiofolder", source, records, rows + found, tables + comma, notices + told)


def _csv_tables(source: Source, tables: list[str], delimiter: str) -> tuple[list[Row | Rejection], list[str]]:
    rows: list[Row | Rejection] = []
    notices: list[str] = []
    for table in tables:
        text, told = _text(source, table)
        sounds = Sounds(source.sizes, posixpath.dirname(table))
        rows += _csv_rows(table, text, delimiter, sounds)
        notices += told
    return rows, notices


def _csv_rows(table: str, text: str, delimiter: str, sounds: Sounds) -> Rows:
    heading, _, body = text.partition("\n")
    columns = [name.strip().strip('"').lower() for name in heading.split(delimiter)]
    file, texts = _column(columns, _FILES), _column(columns, TEXTS)
    if file is None or texts is None:
        raise DatasetError(
            f"{table} has the columns {', '.join(columns)[:200]}; "
            f"one of {', '.join(_FILES)} and one of {', '.join(TEXTS)} are expected.",
            hint="Name the columns in the first line; or choose another format.",
        )
    language, speaker = _column(columns, LANGUAGES), _column(columns, SPEAKERS)

    def is_row(cells: list[str]) -> bool:
        return len(cells) == len(columns) and sounds.find(cells[file]) is not None

    for line in csv_lines(body, delimiter, is_row):
        cells = line.cells
        if cells is None or len(cells) <= max(file, texts):
            told = f"it has {len(cells)} columns instead of {len(columns)}" if cells else "its quotes don't close"
            yield _unreadable(table, Line(line.number + 1, cells), told)
        else:
            yield Row(
                table, line.number + 1, cells[file], (cells[texts],), _cell(cells, language), _cell(cells, speaker)
            )


def _json_rows(table: str, data: bytes) -> Rows:
    for number, line in enumerate(data.removeprefix(b"\xef\xbb\xbf").split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
            file, text = fields["file_name"], next((fields[name] for name in TEXTS if fields.get(name)), "")
            f"{file}{text}".encode()
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            told = "it has no file_name" if isinstance(error, KeyError) else "it is no JSON with file_name and text"
            yield _unreadable(table, Line(number, None), told)
            continue
        language = next((str(fields[name]) for name in LANGUAGES if fields.get(name)), None)
        speaker = next((str(fields[name]) for name in SPEAKERS if fields.get(name)), None)
        yield Row(table, number, str(file), (str(text),), language, speaker)


def _reading(
    format: Format,
    source: Source,
    records: Records | None,
    rows: list[Row | Rejection],
    tables: list[str],
    notices: list[str],
) -> Reading:
    by_table = {table: Sounds(source.sizes, posixpath.dirname(table)) for table in tables}
    head = records.head.dataset if records else None
    clips = _clips(source, records, rows, by_table)
    return Reading(format, len(rows), clips, head.language if head else None, head, notices)


def _clips(
    source: Source, records: Records | None, rows: list[Row | Rejection], sounds: dict[str, Sounds]
) -> Iterator[Clip | Rejection]:
    seen: set[str] = set()
    for row in rows:
        yield row if isinstance(row, Rejection) else _clip(source, records, row, sounds[row.table], seen)
    for name in dict.fromkeys(name for one in sounds.values() for name in one.all()):
        if name not in seen:
            yield _left(source, records, name)
    for name in records.without_row if records else ():
        if name not in source.sizes:
            yield Rejection(file=name, code="sound_missing", reason="It was exported without its sound.")


def _clip(source: Source, records: Records | None, row: Row, sounds: Sounds, seen: set[str]) -> Clip | Rejection:
    name = sounds.find(row.file)
    if name is None:
        reason = f"Line {row.number} of {row.table} names it, and there is no such sound file."
        return Rejection(file=row.file[:300], code="sound_missing", reason=reason)
    if name in seen:
        reason = f"Line {row.number} of {row.table} names it again; its first text was taken."
        return Rejection(file=name, code="named_again", reason=reason)
    seen.add(name)
    found = records.find(name) if records else None
    order, record = found or (None, None)
    text = _chosen(row.texts, record.written if record else None)
    speaker = None if row.speaker == _GENERIC_SPEAKER else row.speaker
    return Clip(name, text, _opener(source, name), row.language, speaker, record, order)


def _chosen(texts: tuple[str, ...], written: str | None) -> str:
    """The reading of a text that somebody has edited; else the first that says anything."""
    told = [text for text in texts if text.strip()]
    edited = [text for text in told if text.strip() != (written or "").strip()] if written is not None else []
    return (edited or told or [""])[0]


def _left(source: Source, records: Records | None, name: str) -> Clip | Rejection:
    """A sound file that no row names: of an exported clip that has no text yet, or nobody knows what is said in it."""
    found = records.find(name) if records else None
    if found is None:
        reason = "No row names it, so its text is not known. Upload it as a recording to have it transcribed."
        return Rejection(file=name, code="no_row", reason=reason)
    order, record = found
    if record.written is not None:
        return Rejection(file=name, code="no_row", reason="Its row was taken out.")
    return Clip(name, record.chunk.text, _opener(source, name), record=record, order=order)


def _opener(source: Source, name: str) -> Callable[[], Path]:
    return lambda: source.path_of(name)


def _text(source: Source, table: str) -> tuple[str, list[str]]:
    text, notice = decode(source.read(table, MOST_TEXT_BYTES))
    return text, [f"{table}: {notice}"] if notice else []


def _column(columns: list[str], names: tuple[str, ...]) -> int | None:
    return next((columns.index(name) for name in names if name in columns), None)


def _cell(cells: list[str], column: int | None) -> str | None:
    return cells[column].strip() or None if column is not None and column < len(cells) else None


def _unreadable(table: str, line: Line, why: str) -> Rejection:
    return Rejection(file=f"{table}:{line.number}", code="row_unreadable", reason=f"Line {line.number}: {why}.")
