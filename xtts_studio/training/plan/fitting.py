"""How many clips fit into memory at a time: tried with the longest, doubling, and reckoned on from there."""

from dataclasses import dataclass, field

from xtts_studio.errors import OutOfMemory
from xtts_studio.shapes import TrainRequest
from xtts_studio.training.plan.trials import Bench

MOST_AT_A_TIME = 16
"""More gain no speed worth the memory."""

_SHARE_OF_TIME_LEFT = 1 / 3
_SHARE_FOR_TWO = 1.0  # two sizes are needed for a line


@dataclass(frozen=True)
class Fit:
    """What fits: clips at a time, whether their activations are computed twice, and the memory in use then."""

    batch_size: int
    recomputes: bool
    memory_bytes: int
    notices: list[str] = field(default_factory=list)


@dataclass
class Tried:
    """The memory in use at the sizes that were tried, in longest clips: a shorter one is a part of one. `rest_bytes`:
    without any; `failed`: the smallest size that was too much."""

    rest_bytes: int
    peaks: dict[float, int] = field(default_factory=dict)
    failed: int | None = None

    def bytes_of(self, size: int) -> int:
        """The memory in use at a size: measured, else on the line through the last two that were."""
        if size in self.peaks:
            return self.peaks[size]
        if not self.peaks:
            return self.rest_bytes
        last = max(self.peaks)
        return self.peaks[last] + round((size - last) * self._bytes_per_clip)

    def largest(self, limit_bytes: int, most: int) -> int:
        """The most clips that fit; 0 where none does."""
        top = most if self.failed is None else min(most, self.failed - 1)
        return next((size for size in range(top, 0, -1) if self.bytes_of(size) <= limit_bytes), 0)

    @property
    def _bytes_per_clip(self) -> float:
        *_, before, last = [0.0, *sorted(self.peaks)]
        used = self.peaks.get(before, self.rest_bytes)
        return max(0.0, (self.peaks[last] - used) / (last - before))


def fit(bench: Bench, settings: TrainRequest, clips_a_step: int, limit_bytes: int) -> Fit:
    """The largest batch of the longest clips that stays below the limit, and divides a step evenly.

    What `settings` name is tried as it is; where that doesn't fit, a notice says so. Raises `OutOfMemory` where not
    even one clip fits, activations computed twice.
    """
    asked = settings.gradient_checkpointing
    most = settings.batch_size or min(clips_a_step, MOST_AT_A_TIME)
    tried = Tried(bench.resting_bytes())
    for recomputes in (False, True) if asked is None else (asked,):
        tried = _try(bench, most, limit_bytes, recomputes)
        found = tried.largest(limit_bytes, most)
        if found == most or (found and settings.batch_size is None):
            return _settled(bench, tried, found, recomputes, clips_a_step, settings.batch_size, limit_bytes)
    if settings.batch_size is None:
        raise too_little(tried.bytes_of(1), limit_bytes)
    needed = tried.bytes_of(most)
    notice = (
        f"{most} clips at a time take {needed / 1e9:.1f} GB, and {limit_bytes / 1e9:.1f} GB may be taken. "
        "Training goes on with fewer at a time where the memory turns out to be short."
    )
    return Fit(most, asked is not False, needed, [notice])


def _try(bench: Bench, most: int, limit_bytes: int, recomputes: bool) -> Tried:
    """Tries a short clip, then 1, 2, 4 … of the longest, as far as memory and time allow."""
    bench.trainer.gpt.gpt.recomputes = recomputes
    bench.trials.clear()
    tried = Tried(bench.resting_bytes())
    short = bench.of_shortest()
    part = bench.positions(bench.longest[-1:]) / bench.positions(bench.longest[:1])
    if short is not None:
        tried.peaks[part] = short.peak_bytes
    size = 1
    while size <= most and tried.bytes_of(size) <= limit_bytes and not _takes_too_long(bench, size):
        trial = bench.of_longest(size)
        if trial is None:
            tried.failed = size
            break
        tried.peaks[size] = trial.peak_bytes
        size *= 2
    if size == 2 <= most and part < 1 and short is not None and short.seconds < bench.left_s:
        again = bench.of_shortest()  # no second size gave a line; the first trial of all took more than a clip does
        if again is not None:
            tried.peaks[part] = again.peak_bytes
    return tried


def _takes_too_long(bench: Bench, size: int) -> bool:
    if size == 1:
        return False
    share = _SHARE_FOR_TWO if size == 2 else _SHARE_OF_TIME_LEFT
    return 2 * bench.trials[-1].seconds > share * bench.left_s


def _settled(
    bench: Bench, tried: Tried, found: int, recomputes: bool, clips_a_step: int, asked: int | None, limit_bytes: int
) -> Fit:
    """Of what fits, the size that makes a step's batches alike; tried once where time allows."""
    size = asked or -(-clips_a_step // -(-clips_a_step // found))
    if size not in tried.peaks and not _takes_too_long(bench, size):
        trial = bench.of_longest(size)
        if trial is not None and trial.peak_bytes <= limit_bytes:
            tried.peaks[size] = trial.peak_bytes
        elif asked is None:
            size = max(int(fitting) for fitting in tried.peaks if 1 <= fitting < size)
    return Fit(size, recomputes, tried.bytes_of(size))


def too_little(needed_bytes: int, limit_bytes: int) -> OutOfMemory:
    """The error for a device on which nothing fits."""
    return OutOfMemory(
        f"Training needs {needed_bytes / 1e9:.1f} GB of memory for the longest clip alone; {limit_bytes / 1e9:.1f} GB "
        "may be taken.",
        hint="Train an adapter (method lora), in 16 bits (precision bfloat16), or end other programs.",
    )
