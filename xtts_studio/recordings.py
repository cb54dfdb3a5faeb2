"""Recordings on disk: finding, listing, deleting. Light: the server uses it. `ingest` makes them.

data/recordings/<id>/   audio.<ext> as uploaded, listen.flac where browsers can't play that, peaks.npy,
                        recording.json, transcript.json if somebody wrote one
"""

import secrets
import shutil
from pathlib import Path

from pydantic import ValidationError

from xtts_studio.audio.peaks import read_peaks
from xtts_studio.errors import NotFound
from xtts_studio.shapes import Recording
from xtts_studio.workspace import Workspace, read_json

LISTEN_COPY = "listen.flac"
TRANSCRIPT = "transcript.json"

MEDIA_TYPES = {
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "opus": "audio/ogg",
    "m4a": "audio/mp4",
    "aac": "audio/aac",
    "webm": "audio/webm",
}
"""What browsers play, by our name of the format."""


def recording_id(sha256: str) -> str:
    """The id of the recording with this content: the same file is the same recording."""
    return sha256[:16].lower()


def list_recordings(workspace: Workspace) -> list[Recording]:
    """All recordings, the newest first. Folders that are not whole are left out."""
    folders = workspace.recordings.iterdir() if workspace.recordings.is_dir() else iter(())
    found = [_read(folder) for folder in folders if not folder.name.startswith(".")]
    return sorted((one for one in found if one), key=lambda one: (one.created_at, one.id), reverse=True)


def get_recording(workspace: Workspace, recording_id: str) -> Recording:
    """One recording. Raises `NotFound`."""
    found = _read(workspace.recording(recording_id))
    if found is None:
        raise NotFound(f"There is no recording {recording_id!r}.")
    return found


def find_by_sha256(workspace: Workspace, sha256: str) -> Recording | None:
    """The recording with this content, if it was uploaded before."""
    found = _read(workspace.recording(recording_id(sha256)))
    return found if found and found.sha256 == sha256 else None


def delete_recording(workspace: Workspace, recording_id: str) -> None:
    """Deletes a recording; datasets cut from it stay as they are. Raises `NotFound`."""
    get_recording(workspace, recording_id)
    doomed = workspace.recordings / f".deleted-{secrets.token_hex(8)}"
    workspace.recording(recording_id).rename(doomed)
    shutil.rmtree(doomed, ignore_errors=True)


def original_path(workspace: Workspace, recording: Recording) -> Path:
    """The file as it was uploaded, under a name of ours."""
    return workspace.recording(recording.id) / f"audio.{recording.format}"


def audio_path(workspace: Workspace, recording_id: str) -> tuple[Path, str]:
    """A file that browsers can play, and its media type. Raises `NotFound`."""
    recording = get_recording(workspace, recording_id)
    copy = workspace.recording(recording_id) / LISTEN_COPY
    if copy.exists():
        return copy, "audio/flac"
    return original_path(workspace, recording), MEDIA_TYPES.get(recording.format, "application/octet-stream")


def peaks(
    workspace: Workspace, recording_id: str, start_s: float = 0.0, end_s: float | None = None, buckets: int = 1000
) -> bytes:
    """The waveform's outline as bytes: int8 low, high, low, high … in at most `buckets` pairs. Raises `NotFound`."""
    get_recording(workspace, recording_id)
    return read_peaks(workspace.recording(recording_id) / "peaks.npy", start_s, end_s, buckets).tobytes()


def _read(folder: Path) -> Recording | None:
    try:
        kept = Recording.model_validate(read_json(folder / "recording.json"))
    except (OSError, ValueError, ValidationError):
        return None
    return kept.model_copy(update={"has_transcript": (folder / TRANSCRIPT).is_file()})
