"""Transcripts that somebody else wrote: read from TXT, SRT, VTT or CSV, and kept whole beside their recording.

data/recordings/<id>/transcript.json
"""

from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import ValidationError

from xtts_studio.books.encodings import decode, is_text
from xtts_studio.errors import InvalidInput, NotFound, TooLarge
from xtts_studio.recordings import TRANSCRIPT, get_recording
from xtts_studio.shapes import OwnTranscript, TranscriptCue
from xtts_studio.transcription.subtitles import looks_like_srt, looks_like_vtt, read_srt, read_vtt
from xtts_studio.transcription.tables import looks_like_table, read_table
from xtts_studio.workspace import Workspace, read_json, write_json

MOST_BYTES = 20_000_000
"""A day of speech is written in two."""

Format = Literal["txt", "srt", "vtt", "csv"]

_SUFFIXES: dict[str, Format] = {".txt": "txt", ".srt": "srt", ".vtt": "vtt", ".csv": "csv", ".tsv": "csv"}


def read_transcript(data: bytes, name: str, language: str | None = None) -> tuple[OwnTranscript, list[str]]:
    """The transcript in a file, and notices about it. The format shows in its content; its name settles the rest.

    Raises `InvalidInput` naming the line that can't be read and what was expected there; `TooLarge`.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(
            f"{name} has {len(data) / 1e6:.0f} MB; transcripts may have {MOST_BYTES / 1e6:.0f} MB.",
            hint="Send a text, not sound.",
        )
    if not is_text(data):
        raise InvalidInput(f"{name} is no text.", hint="Send a TXT, SRT, VTT or CSV file.")
    text, notice = decode(data, language=language)
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")
    kind = _format(text, name)
    cues, notices = {"srt": read_srt, "vtt": read_vtt, "csv": read_table, "txt": _read_plain}[kind](text)
    if not any(cue.text.strip() for cue in cues):
        raise InvalidInput(f"{name} holds no text.", hint="Send a transcript of what is said in the recording.")
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    transcript = OwnTranscript(name=name, format=kind, created_at=now, cues=cues)
    return transcript, ([notice] if notice else []) + notices


def save_transcript(workspace: Workspace, recording_id: str, transcript: OwnTranscript) -> None:
    """Keeps a transcript with its recording, in the place of an earlier one. Raises `NotFound`."""
    get_recording(workspace, recording_id)
    write_json(_path(workspace, recording_id), transcript.model_dump(exclude_none=True))


def find_transcript(workspace: Workspace, recording_id: str) -> OwnTranscript | None:
    """The transcript of a recording, if it has one that can be read."""
    try:
        return OwnTranscript.model_validate(read_json(_path(workspace, recording_id)))
    except (OSError, ValueError, ValidationError):
        return None


def get_transcript(workspace: Workspace, recording_id: str) -> OwnTranscript:
    """The transcript of a recording. Raises `NotFound`."""
    recording = get_recording(workspace, recording_id)
    found = find_transcript(workspace, recording_id)
    if found is None:
        raise NotFound(f"{recording.name} has no transcript of its own.", hint="Send one: TXT, SRT, VTT or CSV.")
    return found


def delete_transcript(workspace: Workspace, recording_id: str) -> None:
    """Forgets a transcript; texts that were taken from it stay. Raises `NotFound`."""
    get_transcript(workspace, recording_id)
    _path(workspace, recording_id).unlink(missing_ok=True)


def _path(workspace: Workspace, recording_id: str) -> Path:
    return workspace.recording(recording_id) / TRANSCRIPT


def _format(text: str, name: str) -> Format:
    if looks_like_vtt(text):
        return "vtt"
    if looks_like_srt(text):
        return "srt"
    if looks_like_table(text):
        return "csv"
    return _SUFFIXES.get(PurePosixPath(name).suffix.lower(), "txt")


def _read_plain(text: str) -> tuple[list[TranscriptCue], list[str]]:
    """A cue for each paragraph."""
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return [TranscriptCue(text=line) for line in lines if line], []
