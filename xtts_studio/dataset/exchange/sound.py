"""Sound of any kind as a dataset has it: 22 050 Hz, mono, 16 bits. What is that already stays as it is."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile

from xtts_studio.audio.decode import mono_blocks
from xtts_studio.audio.encode import opened_for_writing
from xtts_studio.audio.formats import sniff
from xtts_studio.audio.pcm import int16
from xtts_studio.audio.survey import probe
from xtts_studio.errors import AudioError

RATE_HZ = 22_050
LONGEST_S = 600.0
"""A clip of another format that lasts longer is refused: small files can unpack to years of silence."""

_BLOCK_SAMPLES = 1 << 20
_SAME_S = 0.001


@dataclass(frozen=True)
class Sound:
    """What a clip's file holds. `digest` is the same for the same samples, whatever the file's header says.

    `file_sha256` is that of the file it came in, where that is kept as it is.
    """

    samples: int
    digest: str
    file_sha256: str = ""
    notices: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        return self.samples / RATE_HZ

    def is_that_of(self, file_sha256: str | None, duration_s: float) -> bool:
        """Whether it is what a record speaks of; where that names no digest, the duration must do."""
        same_file = file_sha256 is None or file_sha256 == self.file_sha256
        return same_file and abs(self.duration_s - duration_s) < _SAME_S


def bring(source: Path, target: Path) -> Sound:
    """Writes the sound of `source` to `target`. Raises `AudioError` for what is no usable sound."""
    as_it_is = heard(source)
    if as_it_is is not None:
        return replace(as_it_is, file_sha256=_copied(source, target))
    found = probe(source)
    if found.duration_s > LONGEST_S:
        raise AudioError(
            f"It lasts {found.duration_s / 60:,.0f} minutes; a clip has {LONGEST_S / 60:.0f} at most.",
            hint="Upload it as a recording and cut it.",
        )
    digest, samples = hashlib.sha256(), 0
    with opened_for_writing(target, "WAV", RATE_HZ) as file:
        for block in mono_blocks(source, RATE_HZ, found.mix):
            values = int16(block)
            file.write(values)
            digest.update(values.astype("<i2").tobytes())
            samples += values.size
    return Sound(samples, digest.hexdigest(), notices=found.notices)


def heard(path: Path) -> Sound | None:
    """What a file holds that is as a dataset has it; None for any other. Raises `AudioError` where it holds nothing."""
    with path.open("rb") as raw:
        if sniff(raw) != "wav":
            return None
    try:
        with soundfile.SoundFile(str(path)) as file:
            found = (file.format, file.subtype, file.samplerate, file.channels)
            if found != ("WAV", "PCM_16", RATE_HZ, 1):
                return None
            return _digested(file)
    except soundfile.LibsndfileError:
        return None


def _copied(source: Path, target: Path) -> str:
    """Copies a file; gives its sha256."""
    digest = hashlib.sha256()
    with source.open("rb") as file, target.open("wb") as out:
        while block := file.read(_BLOCK_SAMPLES):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()


def _digested(file: soundfile.SoundFile) -> Sound:
    digest, samples = hashlib.sha256(), 0
    while len(block := file.read(_BLOCK_SAMPLES, dtype="int16")):
        digest.update(np.asarray(block, dtype="<i2").tobytes())
        samples += len(block)
    if not samples:
        raise AudioError("It holds no sound.", hint="Export it anew.")
    return Sound(samples, digest.hexdigest())
