"""Which format a source is in, and the reader for it."""

import posixpath
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xtts_studio.dataset.exchange.foreign import read_audiofolder, read_coqui, read_ljspeech
from xtts_studio.dataset.exchange.ours import read_ours
from xtts_studio.dataset.exchange.parquet import read_parquet
from xtts_studio.dataset.exchange.reading import Format, Reading, nothing_found, topmost
from xtts_studio.dataset.exchange.records import RECORDS, Records
from xtts_studio.dataset.exchange.sources import Source
from xtts_studio.dataset.metadata import METADATA
from xtts_studio.errors import DatasetError

_HEAD_BYTES = 1000


@contextmanager
def read_source(source: Source, format: str, scratch: Path) -> Iterator[Reading]:
    """The dataset in a source; `auto` finds out what it is. Raises `DatasetError` for what is none."""
    records = _records(source, scratch)
    try:
        yield _reading(source, _format(source, records) if format == "auto" else format, records, scratch)
    finally:
        if records:
            records.close()


def _reading(source: Source, format: str, records: Records | None, scratch: Path) -> Reading:
    match format:
        case "ljspeech":
            return read_ljspeech(source, records)
        case "coqui":
            return read_coqui(source, records)
        case "audiofolder":
            return read_audiofolder(source, records)
        case "parquet":
            return read_parquet(source, records, scratch)
        case _:
            return read_ours(source)


def _records(source: Source, scratch: Path) -> Records | None:
    found = topmost(source, RECORDS)
    if found is None:
        return None
    path = source.path_of(found)
    if path.is_relative_to(scratch):  # where the next file would take its place
        path = path.replace(scratch / "records")
    return Records(path, posixpath.dirname(found))


def _format(source: Source, records: Records | None) -> str:
    if records:
        return records.head.format
    if topmost(source, "metadata_train.csv", "metadata_eval.csv"):
        return "coqui"
    if any(name.endswith(".parquet") for name in source.sizes):
        return "parquet"
    if topmost(source, "metadata.jsonl"):
        return "audiofolder"
    table = topmost(source, "metadata.csv", "metadata.txt")
    if table:
        return _of_table(_first_line(source, table))
    if topmost(source, METADATA):
        return "zip"
    raise nothing_found("metadata file", source)


def _of_table(heading: str) -> Format:
    """By the first line of a metadata.csv, which is a heading but for LJSpeech."""
    if heading.lower().startswith("audio_file|"):
        return "coqui"
    if "file_name" in heading.lower().split("|")[0]:
        return "audiofolder"
    if "|" not in heading:
        raise DatasetError(
            f"The metadata.csv begins with {heading[:80]!r}, which is of no format that is known.",
            hint="LJSpeech has id|text|text, Coqui audio_file|text|speaker_name, audiofolder file_name,text.",
        )
    return "ljspeech"


def _first_line(source: Source, table: str) -> str:
    path = source.path_of(table)
    with path.open("rb") as file:
        return file.readline(_HEAD_BYTES).decode("utf-8-sig", "replace").strip()
