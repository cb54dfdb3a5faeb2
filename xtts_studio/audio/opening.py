"""Opening sound files safely: FFmpeg is handed an open file and the name of one container (see `formats`), so it can't
choose another, nor open another file.
"""

import io
from pathlib import Path
from typing import Any, BinaryIO, cast

import av
from av.error import FFmpegError

from xtts_studio.audio.formats import sniff, wav_tags_beyond_end
from xtts_studio.errors import AudioError, NotFound

DAMAGE = (FFmpegError, OSError, ValueError)
"""What FFmpeg raises; a seek to nowhere; what PyAV can't represent."""
EXPORT_ANEW = "It may be cut off or damaged. Export it anew."
USE_ANOTHER = "Use a WAV, MP3, FLAC, OGG, OPUS, M4A, AAC, WEBM, AIFF, WMA, CAF or MP4 file."
_WAV_OPTIONS = {"max_size": str(1 << 17), "probesize": str(1 << 16)}
"""FFmpeg's own packets of 4 kB take longer to hand over than to read; of larger ones it would look at forty first."""


class _Source(io.FileIO):
    """A file as FFmpeg reads it: it may try to go before the beginning, when a damaged header sends it there."""

    def seek(self, offset: int, whence: int = 0) -> int:
        try:
            return super().seek(offset, whence)
        except OSError:
            return -1  # which FFmpeg takes for "impossible"


def opened(path: Path) -> tuple[str, BinaryIO, Any]:
    """The container's name, the open file and FFmpeg's view of it. Raises `NotFound` and `AudioError`."""
    try:
        file = cast(BinaryIO, _Source(path))
    except FileNotFoundError as error:
        raise NotFound("The sound file is no longer there.", hint="Was it deleted? Upload it again.") from error
    try:
        name = sniff(file)
        if name is None:
            raise AudioError(_unknown(file), hint=USE_ANOTHER)
        if name == "wav" and wav_tags_beyond_end(file):
            raise AudioError("The wav file's tags claim to be longer than the file.", hint=EXPORT_ANEW)
        file.seek(0)
        return name, file, _container(file, name)
    except DAMAGE as error:
        file.close()
        why = getattr(error, "strerror", None) or error
        raise AudioError(f"The {name} file can't be read: {why}.", hint=EXPORT_ANEW) from error
    except BaseException:
        file.close()
        raise


def _container(file: BinaryIO, name: str) -> Any:
    options = {"protocol_whitelist": "file"} | (_WAV_OPTIONS if name == "wav" else {})
    return av.open(file, format=name, metadata_errors="replace", io_open=_refuse, options=options)


def _unknown(file: BinaryIO) -> str:
    return "The file is not sound of a kind that can be read." if file.read(1) else "The file is empty."


def _refuse(url: str, flags: int, options: dict[str, str]) -> None:
    """FFmpeg asks for another file; no container that we read needs one."""
    raise AudioError("The file refers to other files; those are never opened.")


def first_sound(container: Any) -> Any:
    """The first stream of sound. Raises `AudioError`."""
    if not container.streams.audio:
        raise AudioError("The file holds no sound, only other content.", hint="Upload one with sound.")
    stream = container.streams.audio[0]
    if stream.codec_context is None:
        raise AudioError("The file's sound is coded in a way that can't be decoded.", hint=USE_ANOTHER)
    return stream
