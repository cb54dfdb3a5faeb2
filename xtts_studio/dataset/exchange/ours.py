"""Our own zip: a dataset's folder as it is."""

import posixpath
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from xtts_studio.dataset.details import details_path
from xtts_studio.dataset.exchange.keepsakes import Keepsakes
from xtts_studio.dataset.exchange.reading import MOST_TEXT_BYTES, Clip, Reading, nothing_found, topmost
from xtts_studio.dataset.exchange.records import Record
from xtts_studio.dataset.exchange.sources import Source
from xtts_studio.dataset.metadata import METADATA
from xtts_studio.errors import DatasetError
from xtts_studio.shapes import Chunk, ClipDetails, Dataset, Rejection

_VERSION: int = Dataset.model_fields["version"].default
_MOST_DETAILS_BYTES = 16 * 1024**2


def read_ours(source: Source) -> Reading:
    """A zip that was exported as `zip`, or a dataset's folder."""
    found = topmost(source, METADATA)
    if found is None:
        raise nothing_found(METADATA, source)
    try:
        dataset = Dataset.model_validate_json(source.read(found, MOST_TEXT_BYTES))
    except ValidationError as error:
        wrong = error.errors()[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise DatasetError(
            f"{found} can't be read: {f'{where}: ' if where else ''}{wrong['msg']}.",
            hint="Export the dataset anew, or repair the file.",
        ) from error
    if dataset.version > _VERSION:
        raise DatasetError(
            f"{found} has version {dataset.version}; version {_VERSION} or older is expected.",
            hint="It was made by a newer XTTS Studio: update this one, then import it again.",
        )
    head = dataset.model_copy(update={"chunks": []})
    reading = Reading("zip", len(dataset.chunks), iter(()), dataset.language, head)
    base = posixpath.dirname(found)
    reading.clips = _clips(source, base, dataset.chunks, reading.notices)
    reading.keepsakes = Keepsakes(source, base, {chunk.file for chunk in dataset.chunks})
    return reading


def _clips(source: Source, base: str, chunks: list[Chunk], notices: list[str]) -> Iterator[Clip | Rejection]:
    for order, chunk in enumerate(chunks):
        name = posixpath.join(base, chunk.file)
        if name not in source.sizes:
            yield Rejection(file=chunk.file, code="sound_missing", reason="There is no such sound file.")
            continue
        record = Record(file=name, chunk=chunk, details=_details(source, base, chunk, notices))
        yield Clip(name, chunk.text, lambda name=name: source.path_of(name), record=record, order=order)  # type: ignore[misc]


def _details(source: Source, base: str, chunk: Chunk, notices: list[str]) -> ClipDetails:
    """What lies beside the sound; words that an older metadata.json holds itself go there now."""
    name = details_path(Path(base), chunk.file).as_posix()
    details = ClipDetails()
    if name in source.sizes:
        try:
            details = ClipDetails.model_validate_json(source.read(name, _MOST_DETAILS_BYTES))
        except (ValidationError, DatasetError):
            notices.append(f"{name} is damaged; the clip was taken without its words and measures.")
    return details.model_copy(update={"words": chunk.words}) if chunk.words else details
