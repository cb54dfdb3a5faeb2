"""Reference clips of a voice: read from any sound file, freed of silence around the speech, judged."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xtts_studio.audio.decode import decode_file
from xtts_studio.audio.encode import write_wav
from xtts_studio.audio.measures import Measured, measure
from xtts_studio.audio.mix import Samples
from xtts_studio.errors import AudioError, InvalidInput, StudioError
from xtts_studio.shapes import ClipQuality
from xtts_studio.synthesis.quality import clip_quality

LONGEST_S = 60.0
"""What is kept of a clip; models use the first 30 s or so."""
READ_S = 120.0
"""What is read of a clip: it may begin with silence."""
MOST_CLIPS = 50
_MOST_SAMPLES = 1 << 26  # of all channels together: 120 s of two channels at 192 kHz, and some more
SHORTEST_S = 0.33
WANTED_S = 3.0
_OFFSET = 0.005
_SILENT_RMS = 10 ** (-80 / 20)
_FRAME_S, _MARGIN_S = 0.05, 0.25
_AUDIBLE = 10 ** (-40 / 20)  # of a frame, beside the loudest


@dataclass(frozen=True)
class Reference:
    """A clip worth cloning: mono float32 (n,), what was measured of it, and what happened to it on the way."""

    samples: Samples
    rate_hz: int
    measured: Measured
    notices: tuple[str, ...]

    @property
    def duration_s(self) -> float:
        return len(self.samples) / self.rate_hz

    def quality(self, clip: str) -> ClipQuality:
        """What to tell of it under the name of its file."""
        return clip_quality(clip, self.measured, self.duration_s, self.notices)

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
    whole, rate_hz = without_offset(audio.mono()), audio.sample_rate_hz
    _refuse_silence(whole, audio.duration_s)
    speech = without_silent_ends(whole, rate_hz)
    kept = np.ascontiguousarray(speech[: round(LONGEST_S * rate_hz)])
    if len(kept) < SHORTEST_S * rate_hz:
        raise AudioError(
            f"The clip has {len(kept) / rate_hz:.2f} s of sound, at least {SHORTEST_S} s are needed.",
            hint="Use six seconds or more of clear speech.",
        )
    notices = audio.notices
    if len(speech) > len(kept):
        notices += (f"The clip is longer than {LONGEST_S:.0f} s; its first {LONGEST_S:.0f} s are used.",)
    return Reference(kept, rate_hz, measure(kept, rate_hz), notices)


def without_offset(samples: Samples) -> Samples:
    """Centred on zero where a recording is not, as cheap microphones leave it; else the samples as they are."""
    offset = float(samples.mean()) if len(samples) else 0.0
    return np.asarray(samples - offset, dtype=np.float32) if abs(offset) > _OFFSET else samples


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


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.dot(samples, samples) / len(samples))) if len(samples) else 0.0
