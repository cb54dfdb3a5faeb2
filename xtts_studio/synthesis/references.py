"""Reference clips of a voice: read from any sound file, freed of silence around the speech, judged."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.encode import write_wav
from xtts_studio.audio.mix import Samples
from xtts_studio.errors import AudioError, InvalidInput, StudioError

LONGEST_S = 60.0
"""What is kept of a clip; models use the first 30 s or so."""
READ_S = 120.0
"""What is read of a clip: it may begin with silence."""
MOST_CLIPS = 50
_MOST_SAMPLES = 1 << 26  # of all channels together: 120 s of two channels at 192 kHz, and some more
SHORTEST_S = 0.33
WANTED_S = 3.0
_SILENT_RMS = 10 ** (-80 / 20)
_QUIET_RMS = 10 ** (-50 / 20)
_FRAME_S, _MARGIN_S = 0.05, 0.25
_AUDIBLE = 10 ** (-40 / 20)  # of a frame, beside the loudest
_CLIPPED_SHARE = 0.001


@dataclass(frozen=True)
class Reference:
    """A clip worth cloning: mono float32 (n,), and what its owner should know of it."""

    samples: Samples
    rate_hz: int
    notices: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz

    def write(self, path: Path) -> None:
        """As WAV, 16-bit, mono, at its own rate."""
        write_wav(path, self.samples, self.rate_hz)


def read_references(paths: list[Path]) -> list[Reference]:
    """Reads clips. Raises `AudioError` or `TooLarge` for the first that can't be used, saying which it is.

    Raises `InvalidInput` for more than `MOST_CLIPS`.
    """
    if len(paths) > MOST_CLIPS:
        raise InvalidInput(
            f"There are {len(paths)} clips, a voice is made of at most {MOST_CLIPS}.", hint="Use the clearest of them."
        )
    references = []
    for number, path in enumerate(paths, start=1):
        try:
            references.append(read_reference(path))
        except StudioError as error:
            if len(paths) > 1:
                error.message = f"Clip {number} of {len(paths)}: {error.message}"
            raise
    return references


def read_reference(path: Path) -> Reference:
    """Reads one clip, no further than `READ_S`.

    Raises `AudioError` for what is not sound, is silent, or has less than .33 s of it.
    """
    audio = decode_file(path, end_s=READ_S, most_samples=_MOST_SAMPLES)
    whole, rate_hz = audio.mono(), audio.sample_rate_hz
    _refuse_silence(whole, audio.duration_s)
    speech = without_silent_ends(whole, rate_hz)
    kept = np.ascontiguousarray(speech[: round(LONGEST_S * rate_hz)])
    if len(kept) < SHORTEST_S * rate_hz:
        raise AudioError(
            f"The clip has {len(kept) / rate_hz:.2f} s of sound, at least {SHORTEST_S} s are needed.",
            hint="Use six seconds or more of clear speech.",
        )
    return Reference(kept, rate_hz, (*audio.notices, *_judged(kept, len(speech) / rate_hz)))


def without_silent_ends(samples: Samples, rate_hz: int) -> Samples:
    """From the first to the last frame of 50 ms that is audible beside the loudest, and a little around."""
    frame = max(1, round(_FRAME_S * rate_hz))
    padded = np.pad(samples, (0, -len(samples) % frame)).reshape(-1, frame)
    levels = np.sqrt(np.einsum("ij,ij->i", padded, padded) / frame)
    audible = np.flatnonzero(levels >= levels.max() * _AUDIBLE)
    margin = round(_MARGIN_S * rate_hz)
    return samples[max(0, audible[0] * frame - margin) : (audible[-1] + 1) * frame + margin]


def too_short_notice(duration_s: float) -> list[str]:
    """What to say of all clips of a voice together."""
    if duration_s >= WANTED_S:
        return []
    return [f"Only {duration_s:.1f} s of speech; a voice becomes better with six seconds or more."]


def _refuse_silence(samples: Samples, duration_s: float) -> None:
    if _rms(samples) < _SILENT_RMS:
        where = f" for its first {READ_S:.0f} s" if duration_s >= READ_S else ""
        raise AudioError(f"The clip is silent{where}.", hint="Use six seconds or more of clear speech.")


def _judged(samples: Samples, duration_s: float) -> list[str]:
    notices = []
    if duration_s > LONGEST_S:
        notices.append(f"The clip is longer than {LONGEST_S:.0f} s; its first {LONGEST_S:.0f} s are used.")
    if _rms(samples) < _QUIET_RMS:
        notices.append("The clip is very quiet; a louder recording gives a clearer voice.")
    if np.mean(np.abs(samples) >= 0.999 * np.abs(samples).max()) > _CLIPPED_SHARE:
        notices.append("The clip is clipped (too loud when it was recorded); the voice may sound harsh.")
    return notices


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.dot(samples, samples) / len(samples))) if len(samples) else 0.0
