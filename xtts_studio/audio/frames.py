"""FFmpeg's decoded frames as arrays: many small frames at once, since each array costs more than its samples."""

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples
from xtts_studio.audio.opening import USE_ANOTHER
from xtts_studio.errors import AudioError

BLOCK_VALUES = 1 << 16
"""Values of all channels in a block, about: what a processor's own cache holds."""
_TYPES: dict[str, Any] = {
    "u8": np.uint8,
    "s16": np.int16,
    "s32": np.int32,
    "s64": np.int64,
    "flt": np.float32,
    "dbl": np.float64,
}


def blocks_of(frames: Iterable[Any]) -> Iterator[Samples]:
    """Blocks float32 (channels, n), full scale 1, of frames that all have the same number of channels.

    Raises `AudioError` for a kind of samples that can't be read.
    """
    held: list[Any] = []
    values = 0
    for frame in frames:
        held.append(frame)
        values += frame.samples * frame.layout.nb_channels
        if values >= BLOCK_VALUES:
            yield to_float(held)
            held, values = [], 0
    if held:
        yield to_float(held)


def to_float(frames: list[Any]) -> Samples:
    """Frames as float32 (channels, n), full scale 1."""
    block = np.empty((frames[0].layout.nb_channels, sum(frame.samples for frame in frames)), dtype=np.float32)
    at = 0
    for frame in frames:
        end = at + frame.samples
        for channels, values in _parts(frame, len(block)):
            _scale(values, block[channels, at:end])
        at = end
    return block


def _parts(frame: Any, channels: int) -> Iterator[tuple[int | slice, NDArray[Any]]]:
    """The samples of each channel (n,), or of all at once (channels, n), as they lie in the frame's memory."""
    name: str = frame.format.name
    kind = _TYPES.get(name.removesuffix("p"))
    if kind is None:
        raise AudioError(f"Samples of the kind {name} can't be read.", hint=USE_ANOTHER)
    if channels == 1 or name.endswith("p"):
        for channel, plane in enumerate(frame.planes):
            yield channel, np.frombuffer(plane, dtype=kind, count=frame.samples)
    else:
        together = np.frombuffer(frame.planes[0], dtype=kind, count=frame.samples * channels)
        yield slice(None), together.reshape(-1, channels).T


def _scale(values: NDArray[Any], out: Samples) -> None:
    if values.dtype.kind == "f":
        out[...] = values
    elif values.dtype == np.uint8:
        np.multiply(values.astype(np.int16) - 128, np.float32(1 / 128), out=out)
    else:  # the scale is a power of two: nothing is rounded that would not be anyway
        np.multiply(values, np.float32(-1 / np.iinfo(values.dtype).min), out=out, casting="same_kind")
