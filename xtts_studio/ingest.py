"""An uploaded file becomes a recording: decoded once from end to end, outlined, and filed. Runs in the vad worker."""

import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path

from xtts_studio.audio.decode import mono_blocks
from xtts_studio.audio.encode import write_flac
from xtts_studio.audio.survey import Probe, survey
from xtts_studio.audio.tally import Watch
from xtts_studio.errors import AudioError, NotFound
from xtts_studio.events import Progress, Report
from xtts_studio.recordings import LISTEN_COPY, MEDIA_TYPES, find_by_sha256, recording_id
from xtts_studio.shapes import IngestRequest, Recording
from xtts_studio.workspace import Workspace, write_json

_FORMATS = {"mov": "m4a", "matroska": "webm", "asf": "wma"}
"""Our name of a format, where it is not FFmpeg's."""

_PLAYABLE_CODECS = {"pcm_s16le", "pcm_s24le", "pcm_u8", "pcm_f32le", "mp3", "mp3float", "flac", "vorbis", "opus", "aac"}
_SHORTEST_S = 0.02
_HIGHEST_FLAC_HZ = 192_000
_ALL_BUT_FILED = 0.99
"""As far as reading gets: a container may claim less than it holds."""


def ingest(request: IngestRequest, workspace: Workspace, report: Report) -> Recording:
    """Files an upload as a recording and gives it; the same content again gives the recording that is there.

    Raises `AudioError` for a file that is not usable sound; the upload is removed then.
    """
    incoming = _incoming(workspace, request.incoming)
    known = find_by_sha256(workspace, request.sha256)
    if known:
        incoming.unlink()
        return known
    try:
        return _file(request, incoming, workspace, report)
    except AudioError as error:
        incoming.unlink(missing_ok=True)
        raise AudioError(f"{request.name}: {error.message}", hint=error.hint, details=error.details) from error


def _incoming(workspace: Workspace, name: str) -> Path:
    """The uploaded file, which has to lie in the folder for uploads."""
    folder = workspace.incoming.resolve()
    path = (folder / name).resolve()
    if not path.is_relative_to(folder) or not path.is_file():
        raise NotFound("The uploaded file is no longer there.", hint="Upload it again.")
    return path


def _file(request: IngestRequest, incoming: Path, workspace: Workspace, report: Report) -> Recording:
    size_bytes = incoming.stat().st_size
    found, outline = survey(incoming, _watch(report))
    if found.duration_s < _SHORTEST_S:
        raise AudioError(
            f"There are only {found.duration_s * 1000:.1f} ms of sound in it.", hint="Upload a longer recording."
        )
    recording = _recording(request, found, outline.level(), size_bytes)
    making = workspace.recordings / f".making-{recording.id}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    try:
        outline.save(making / "peaks.npy")
        if not _playable(recording, found):
            _write_listen_copy(incoming, making / LISTEN_COPY, found)
        write_json(making / "recording.json", recording.model_dump())
        return _put_in_place(workspace, recording, making, incoming)
    finally:
        shutil.rmtree(making, ignore_errors=True)


def _put_in_place(workspace: Workspace, recording: Recording, making: Path, incoming: Path) -> Recording:
    """The folder appears whole, by a rename; someone who was quicker with the same file wins.

    A folder there that holds no recording that can be read gives way, to a hidden name: it may hold the only upload.
    """
    target = workspace.recording(recording.id)
    incoming.rename(making / f"audio.{recording.format}")
    try:
        making.rename(target)
    except OSError:
        there = find_by_sha256(workspace, recording.sha256)
        if there:
            return there
        target.rename(target.with_name(f".unreadable-{recording.id}-{secrets.token_hex(4)}"))
        making.rename(target)
    return recording


def _watch(report: Report) -> Watch:
    """Reports how much was decoded, so that a long file shows life and can be cancelled."""
    told_minutes = 0

    def watch(read_s: float, of_s: float | None) -> None:
        nonlocal told_minutes
        if int(read_s / 60) != told_minutes:
            told_minutes = int(read_s / 60)
            fraction = min(read_s / of_s, _ALL_BUT_FILED) if of_s else 0.0
            report(Progress(fraction, f"Read {told_minutes} minutes"))

    return watch


def _recording(request: IngestRequest, found: Probe, level: float, size_bytes: int) -> Recording:
    name = "opus" if (found.format, found.codec) == ("ogg", "opus") else _FORMATS.get(found.format, found.format)
    return Recording(
        id=recording_id(request.sha256),
        name=request.name,
        duration_s=round(found.duration_s, 6),
        sample_rate_hz=found.sample_rate_hz,
        channels=found.channels,
        format=name,
        size_bytes=size_bytes,
        sha256=request.sha256,
        created_at=datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        notices=[*found.notices, *_silence_notice(found)],
        mix=list(found.mix),
        level=level,
    )


def _silence_notice(found: Probe) -> tuple[str, ...]:
    return ("The recording is silent.",) if found.peak < 1e-4 else ()


def _playable(recording: Recording, found: Probe) -> bool:
    """Browsers play it, and agree on when what is heard (they guess where a header is wrong)."""
    agrees = found.claimed_s is not None and abs(found.claimed_s - found.duration_s) <= 0.1 + found.duration_s / 100
    return recording.format in MEDIA_TYPES and found.codec in _PLAYABLE_CODECS and agrees and not found.notices


def _write_listen_copy(source: Path, path: Path, found: Probe) -> None:
    rate_hz = min(found.sample_rate_hz, _HIGHEST_FLAC_HZ)
    write_flac(path, mono_blocks(source, rate_hz, found.mix), rate_hz)
