"""A clip that was read becomes a chunk: as its record says, as long as text and sound are what they were."""

import re
from dataclasses import dataclass

from xtts_studio.dataset.exchange.reading import Clip
from xtts_studio.dataset.exchange.records import edited_text
from xtts_studio.dataset.exchange.sound import Sound
from xtts_studio.errors import TextError
from xtts_studio.shapes import Chunk, ClipDetails
from xtts_studio.text.languages import language_of

_RECORDING = re.compile(r"[\w\-]{1,64}", re.ASCII)


@dataclass
class Taken:
    """A clip whose sound lies in the scratch folder under its number. `order` is its place where it was exported."""

    number: int
    order: int | None
    chunk: Chunk
    digest: str


def in_order(clips: list[Taken]) -> list[Taken]:
    """As they were where they were exported; others come after, as they were read."""
    return sorted(clips, key=lambda one: (one.order is None, one.order or 0, one.number))


def adopted(clip: Clip, sound: Sound) -> tuple[Chunk, ClipDetails]:
    """The chunk, and what lies beside its sound. Raises `TextError` for a text that is none."""
    try:
        clip.text.encode()
    except UnicodeEncodeError as error:
        raise TextError("Its text holds halves of characters.") from error
    record = clip.record
    if record is None:
        return _new_chunk(clip, sound), ClipDetails()
    chunk, details = record.chunk.model_copy(update={"words": []}), record.details
    written = chunk.text if record.written is None else record.written
    if clip.text.strip() != written.strip():
        chunk = edited_text(chunk, clip.text.strip())
        details = details.model_copy(update={"words": [], "proof": None})
    if not sound.is_that_of(record.sound, chunk.duration_s):
        duration_s = round(sound.duration_s, 6)
        chunk = chunk.model_copy(update={"duration_s": duration_s, "end_s": round(chunk.start_s + duration_s, 6)})
        details = ClipDetails()
    if not _RECORDING.fullmatch(chunk.recording):
        chunk = chunk.model_copy(update={"recording": _recording(sound)})
    return chunk, details


def known_language(code: str | None) -> str | None:
    """The language that a foreign dataset means, as we name it; None where XTTS doesn't speak it."""
    try:
        return language_of(code).tag if code else None
    except TextError:
        return None


def _new_chunk(clip: Clip, sound: Sound) -> Chunk:
    text = clip.text.strip()
    duration_s = round(sound.duration_s, 6)
    return Chunk(
        file="",
        text=text,
        text_source="imported" if text else None,
        language=known_language(clip.language),
        recording=_recording(sound),
        speaker=clip.speaker,
        start_s=0.0,
        end_s=duration_s,
        duration_s=duration_s,
    )


def _recording(sound: Sound) -> str:
    """Each clip is a recording of its own, known by what is heard."""
    return f"imported-{sound.digest[:16]}"
