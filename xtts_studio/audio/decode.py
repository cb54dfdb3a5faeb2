"""Sound files to float32, whatever they hold and whatever their names say: whole, in parts, as a mono stream."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xtts_studio.audio.mix import Samples, mixdown, mixed
from xtts_studio.audio.resample import resample_blocks
from xtts_studio.audio.sound_file import AudioFile
from xtts_studio.audio.survey import check_some_sound, full_scale_notice, probe
from xtts_studio.errors import TooLarge

MOST_IN_MEMORY = 1 << 27
"""The most samples (of all channels together) that `decode_file` and `read_mono` hold: half a gigabyte."""


@dataclass(frozen=True)
class Audio:
    """Sound in memory: float32 (channels, n) contiguous, within -1 to 1; `notices` says what was wrong with it."""

    samples: Samples
    sample_rate_hz: int
    notices: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        return int(self.samples.shape[1]) / self.sample_rate_hz

    def mono(self) -> Samples:
        """One channel, (n,)."""
        return mixdown(self.samples)


def decode_file(
    path: Path, start_s: float | None = None, end_s: float | None = None, most_samples: int | None = None
) -> Audio:
    """A whole file, or the part from `start_s` to `end_s`, in memory: float32 (channels, n).

    Samples that are not numbers become 0, peaks beyond full scale are scaled down; `notices` tells. Raises
    `AudioError` for what is not sound or holds none, `TooLarge` for more than `most_samples` (else `MOST_IN_MEMORY`).
    """
    with AudioFile(path) as file:
        samples = _in_memory(file.blocks(start_s or 0.0, end_s), most_samples)
        check_some_sound(file.decoded_samples, file.format)
        if start_s is None and (end_s is None or file.decoded_samples < end_s * file.sample_rate_hz):
            file.check_length()
        peak = float(np.abs(samples).max(initial=0.0))
        if peak > 1:
            samples /= peak
        return Audio(samples, file.sample_rate_hz, (*file.notices, *full_scale_notice(peak)))


def mono_blocks(
    path: Path, rate_hz: int, mix: tuple[float, ...], start_s: float = 0.0, end_s: float | None = None
) -> Iterator[Samples]:
    """Mono blocks (n,) of a file at `rate_hz`, with the channel weights that `probe` found. Memory stays bounded."""
    with AudioFile(path) as file:
        mono = (np.clip(mixed(block, mix), -1, 1) for block in file.blocks(start_s, end_s))
        yield from resample_blocks(mono, file.sample_rate_hz, rate_hz)


def read_mono(path: Path, rate_hz: int, start_s: float | None = None, end_s: float | None = None) -> Samples:
    """A file, or a part of it, as mono float32 (n,) at `rate_hz`. Errors as `decode_file`."""
    found = probe(path)
    blocks = mono_blocks(path, rate_hz, found.mix, start_s or 0.0, end_s)
    return np.ascontiguousarray(_in_memory(block[np.newaxis] for block in blocks)[0])


def _in_memory(blocks: Iterable[Samples], most_samples: int | None = None) -> Samples:
    held: list[Samples] = []
    total = 0
    for block in blocks:
        held.append(block)
        total += block.size
        if total > (most_samples or MOST_IN_MEMORY):
            raise TooLarge(
                "The sound is too long to be held in memory at once.", hint="Choose a shorter part, or a shorter file."
            )
    return np.ascontiguousarray(np.concatenate(held, axis=1)) if held else np.zeros((1, 0), dtype=np.float32)
