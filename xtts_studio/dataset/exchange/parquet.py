"""Parquet as Hugging Face's `datasets` writes it: the sound inside, as struct<bytes, path>, and what it is as metadata.

pyarrow is large and seldom needed: it is an extra, and loaded when the first such file is read or written.
"""

import importlib
import importlib.util
import json
import posixpath
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from xtts_studio.dataset.exchange.reading import (
    LANGUAGES,
    SPEAKERS,
    TEXTS,
    Clip,
    Reading,
    Sounds,
    ending,
    nothing_found,
)
from xtts_studio.dataset.exchange.records import Records
from xtts_studio.dataset.exchange.sources import Source
from xtts_studio.errors import DatasetError, StudioError
from xtts_studio.shapes import Rejection

Row = dict[str, Any]

GROUP_BYTES = 8 * 1024**2
"""Of a row group, which is held in memory as it is written."""

_ROWS_AT_ONCE = 32
_VALUES = {"text": "string", "language": "string", "speaker": "string", "duration_s": "float64", "state": "string"}


def check_installed() -> None:
    """Raises `StudioError` where pyarrow is not installed; loads nothing."""
    if importlib.util.find_spec("pyarrow") is None:
        raise StudioError(
            "Parquet files need the package pyarrow, which is not installed.",
            hint="Install it with pip install 'xtts-studio[parquet]', or choose another format.",
        )


def _pyarrow() -> Any:
    """The package, with `parquet` loaded. Raises `StudioError` where it is not installed."""
    check_installed()
    importlib.import_module("pyarrow.parquet")
    return importlib.import_module("pyarrow")


def write_shard(out: IO[bytes], rows: Iterator[tuple[Row, int]], rate_hz: int) -> Iterator[None]:
    """Writes rows of `audio` (bytes, path) and `_VALUES`, each with its size in bytes; stops after every group."""
    arrow = _pyarrow()
    schema = _schema(arrow, rate_hz)
    with arrow.parquet.ParquetWriter(
        arrow.PythonFile(out, mode="w"), schema, compression="NONE", use_dictionary=False, write_statistics=False
    ) as writer:
        held: list[Row] = []
        held_bytes = 0
        for row, size in rows:
            held.append(row)
            held_bytes += size
            if held_bytes >= GROUP_BYTES:
                writer.write_table(arrow.Table.from_pylist(held, schema))
                held, held_bytes = [], 0
                yield
        if held:
            writer.write_table(arrow.Table.from_pylist(held, schema))
        yield


def _schema(arrow: Any, rate_hz: int) -> Any:
    features: dict[str, Any] = {"audio": {"sampling_rate": rate_hz, "_type": "Audio"}}
    features |= {name: {"dtype": kind, "_type": "Value"} for name, kind in _VALUES.items()}
    kinds = {"string": arrow.string(), "float64": arrow.float64()}
    audio = arrow.struct([("bytes", arrow.binary()), ("path", arrow.string())])
    fields = [("audio", audio), *((name, kinds[kind]) for name, kind in _VALUES.items())]
    return arrow.schema(fields, metadata={"huggingface": json.dumps({"info": {"features": features}})})


def read_parquet(source: Source, records: Records | None, scratch: Path) -> Reading:
    """All Parquet files of a source, one row a clip."""
    shards = ending(source, ".parquet")
    if not shards:
        raise nothing_found("Parquet file", source)
    check_installed()
    head = records.head.dataset if records else None
    clips = _clips(source, records, shards, scratch)
    return Reading("parquet", records.count if records else 0, clips, head.language if head else None, head)


def _clips(source: Source, records: Records | None, shards: list[str], scratch: Path) -> Iterator[Clip | Rejection]:
    for shard in shards:
        path = source.path_of(shard)
        if path.is_relative_to(scratch):  # where the next file would take its place
            path = path.replace(scratch / "shard.parquet")
        sounds = Sounds(source.sizes, posixpath.dirname(shard))
        for number, row in enumerate(_rows(shard, path), 1):
            yield _clip(source, records, f"{shard}:{number}", row, sounds, scratch / "embedded")


def _rows(shard: str, path: Path) -> Iterator[Row]:
    """Rows with `audio`, and the columns of text, language and speaker that there are. Memory stays bounded."""
    arrow = _pyarrow()
    try:
        with arrow.parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20) as file:
            columns = _columns(shard, file.schema_arrow, arrow)
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=list(columns.values())):
                for row in batch.to_pylist():
                    yield {name: row[column] for name, column in columns.items()}
    except (arrow.ArrowException, OSError, ValueError, KeyError) as error:
        told = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise DatasetError(f"{shard} can't be read: {told}", hint="Send it again, or write it anew.") from error


def _columns(shard: str, schema: Any, arrow: Any) -> dict[str, str]:
    """Which columns of the file hold what. Raises `DatasetError` where none holds sound."""
    kinds = {field.name: field.type for field in schema}
    found = {}
    for name, kind in kinds.items():
        types = arrow.types
        binary = types.is_binary(kind) or types.is_large_binary(kind)
        if "audio" not in found and (binary or (types.is_struct(kind) and kind.get_field_index("bytes") >= 0)):
            found["audio"] = name
    for what, names in (("text", TEXTS), ("language", LANGUAGES), ("speaker", SPEAKERS)):
        column = next((name for name in names if name in kinds), None)
        if column is not None:
            found[what] = column
    if "audio" not in found or "text" not in found:
        raise DatasetError(
            f"{shard} has the columns {', '.join(kinds)[:200]}; one with sound (audio) and one of "
            f"{', '.join(TEXTS)} are expected.",
            hint="Write it with an Audio column and a text column.",
        )
    return found


def _clip(
    source: Source, records: Records | None, place: str, row: Row, sounds: Sounds, embedded: Path
) -> Clip | Rejection:
    audio = row["audio"]
    content, path = (audio, None) if isinstance(audio, bytes) else _parts(audio)
    named = sounds.find(path) if path else None
    if not content and named is None:
        return Rejection(file=path or place, code="sound_missing", reason=f"Row {place} holds no sound.")
    found = records.find(records.prefix + path) if records and path else None
    order, record = found or (None, None)
    return Clip(
        path or place,
        str(row.get("text") or ""),
        _content(content, embedded) if content else lambda: source.path_of(named or ""),
        None if row.get("language") is None else str(row["language"]),
        None if row.get("speaker") is None else str(row["speaker"]),
        record,
        order,
    )


def _parts(audio: Any) -> tuple[bytes | None, str | None]:
    return (audio.get("bytes"), audio.get("path")) if isinstance(audio, dict) else (None, None)


def _content(content: bytes, path: Path) -> Callable[[], Path]:
    def written() -> Path:
        path.write_bytes(content)
        return path

    return written


def shards_of(sizes: Sequence[int], most_bytes: int) -> list[slice]:
    """Clips of these sizes, divided into shards of about `most_bytes`."""
    edges, held = [0], 0
    for index, size in enumerate(sizes):
        if held and held + size > most_bytes:
            edges.append(index)
            held = 0
        held += size
    return [slice(first, last) for first, last in zip(edges, [*edges[1:], len(sizes)], strict=True)]
