"""What each format consists of, packed in order: its tables, the sounds, and our own record of the clips last."""

import json
from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from xtts_studio.dataset.exchange.exporting import Export, Outgoing
from xtts_studio.dataset.exchange.packing import Packing, streamed
from xtts_studio.dataset.exchange.parquet import Row, shards_of, write_shard
from xtts_studio.dataset.exchange.past import past_of
from xtts_studio.dataset.exchange.reading import Format
from xtts_studio.dataset.exchange.records import RECORDS, Record, head_line, record_line
from xtts_studio.dataset.exchange.tables import csv_line, one_line, without_pipes
from xtts_studio.dataset.metadata import METADATA, encoded, line_of

SHARD_BYTES = 256 * 1024**2
"""Of a Parquet file."""

Writer = Callable[[Export, Packing], Iterator[None]]


def _ours(export: Export, packing: Packing) -> Iterator[None]:
    """The dataset's folder as it is."""
    packing.text(METADATA, encoded(export.dataset, [line_of(clip.chunk) for clip in export.clips]))
    for clip in export.clips:
        if clip.path:
            yield from packing.file(clip.chunk.file, clip.path)
        details = export.details(clip).model_dump(exclude_defaults=True)
        if details:
            name = clip.chunk.file.removesuffix(".wav") + ".json"
            packing.text(name, (json.dumps(details, ensure_ascii=False, indent=1) + "\n").encode())
        yield
    for name in past_of(export.folder, {clip.chunk.file for clip in export.clips}):
        yield from packing.file(name, export.folder / name)


def _ljspeech(export: Export, packing: Packing) -> Iterator[None]:
    """`metadata.csv`: id|text|normalised text, and `wavs/`."""
    written = {clip.stem: without_pipes(clip.chunk.text) for clip in export.clips if clip.has_row}
    rows = (f"{stem}|{text}|{text}\n".encode() for stem, text in written.items())
    packing.text("metadata.csv", b"".join(rows))
    yield from _sounds_and_records(export, packing, {clip.stem: "wavs" for clip in export.clips}, written)


def _coqui(export: Export, packing: Packing) -> Iterator[None]:
    """`metadata_train.csv` and `metadata_eval.csv`: audio_file|text|speaker_name; `wavs/`, `lang.txt`."""
    rows = [clip for clip in export.clips if clip.has_row]
    written = {clip.stem: one_line(clip.chunk.text) for clip in rows}
    for name, side in zip(("train", "eval"), export.sides(rows), strict=True):
        lines = [csv_line(["audio_file", "text", "speaker_name"], "|")]
        for clip in side:
            speaker = one_line(clip.chunk.speaker or export.dataset.name)
            lines.append(csv_line([f"wavs/{clip.stem}.wav", written[clip.stem], speaker], "|"))
        packing.text(f"metadata_{name}.csv", b"".join(lines))
    if language := _language(export):
        packing.text("lang.txt", f"{language}\n".encode())
    yield from _sounds_and_records(export, packing, {clip.stem: "wavs" for clip in export.clips}, written)


def _audiofolder(export: Export, packing: Packing) -> Iterator[None]:
    """`train/` and `validation/`, each with its sounds and a `metadata.jsonl`."""
    clips = [clip for clip in export.clips if clip.path]
    folders: dict[str, str] = {}
    for folder, side in zip(("train", "validation"), export.sides(clips), strict=True):
        folders |= {clip.stem: folder for clip in side}
        rows = ({"file_name": f"{clip.stem}.wav"} | _fields(export, clip) for clip in side)
        lines = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)
        if side:
            packing.text(f"{folder}/metadata.jsonl", lines)
    written = {clip.stem: clip.chunk.text for clip in clips}
    yield from _sounds_and_records(export, packing, folders, written)


def _parquet(export: Export, packing: Packing) -> Iterator[None]:
    """`data/train-00000-of-00002.parquet` …: the sounds are in it."""
    clips = [clip for clip in export.clips if clip.path]
    for side, chosen in zip(("train", "validation"), export.sides(clips), strict=True):
        parts = shards_of([clip.path.stat().st_size for clip in chosen if clip.path], SHARD_BYTES) if chosen else []
        for number, part in enumerate(parts):
            with packing.open(f"data/{side}-{number:05d}-of-{len(parts):05d}.parquet", 2 * SHARD_BYTES) as out:
                yield from write_shard(out, _rows(export, chosen[part]), export.dataset.sample_rate_hz)
    written = {clip.stem: clip.chunk.text for clip in clips}
    yield from _records(export, packing, {clip.stem: f"{clip.stem}.wav" for clip in export.clips}, written)


def _rows(export: Export, clips: list[Outgoing]) -> Iterator[tuple[Row, int]]:
    for clip in clips:
        content = clip.path.read_bytes() if clip.path else b""
        yield {"audio": {"bytes": content, "path": f"{clip.stem}.wav"}} | _fields(export, clip), len(content)


def _fields(export: Export, clip: Outgoing) -> Row:
    chunk = clip.chunk
    return {
        "text": chunk.text,
        "language": chunk.language or export.dataset.language,
        "speaker": chunk.speaker or export.dataset.name,
        "duration_s": chunk.duration_s,
        "state": chunk.state,
    }


def _language(export: Export) -> str | None:
    """The dataset's, or that of its first clip that has one."""
    return next(filter(None, chain([export.dataset.language], (clip.chunk.language for clip in export.clips))), None)


def _sounds_and_records(
    export: Export, packing: Packing, folders: Mapping[str, str], written: Mapping[str, str]
) -> Iterator[None]:
    names = {clip.stem: f"{folders.get(clip.stem, 'missing')}/{clip.stem}.wav" for clip in export.clips}
    for clip in export.clips:
        if clip.path:
            yield from packing.file(names[clip.stem], clip.path)
    yield from _records(export, packing, names, written)


def _records(export: Export, packing: Packing, names: Mapping[str, str], written: Mapping[str, str]) -> Iterator[None]:
    with packing.open(RECORDS) as out:
        out.write(head_line(export.format, export.dataset))
        for clip in export.clips:
            name = names[clip.stem]
            record = Record(
                file=name,
                written=written.get(clip.stem),
                sound=packing.sha256.get(name),
                chunk=clip.chunk,
                details=export.details(clip),
            )
            out.write(record_line(record))
            yield


_WRITERS: Mapping[Format, Writer] = {
    "zip": _ours,
    "ljspeech": _ljspeech,
    "coqui": _coqui,
    "audiofolder": _audiofolder,
    "parquet": _parquet,
}


def blocks(export: Export) -> Iterator[bytes]:
    """The zip of a dataset, piece by piece. Raises `OSError` where a sound file goes away meanwhile."""
    return streamed(lambda packing: _WRITERS[export.format](export, packing))
