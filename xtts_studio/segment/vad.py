"""Speech detection: Silero VAD's sequence model under ONNX Runtime, over a stream of any length in constant memory.

The model file comes from the installed package `silero-vad`; the package itself is not imported, since that imports
torch. Its sequence model takes many windows per call and gives the very probabilities of the usual one.
"""

import importlib.util
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from xtts_studio.audio.mix import Samples
from xtts_studio.errors import StudioError

RATE_HZ = 16_000
WINDOW_SAMPLES = 512
WINDOW_S = WINDOW_SAMPLES / RATE_HZ
ENERGY_SAMPLES = 160
ENERGY_S = ENERGY_SAMPLES / RATE_HZ

_CONTEXT_SAMPLES = 64
_WINDOWS_PER_CALL = 1_000
_QUIET = 0.05
_HYSTERESIS = 0.15


@dataclass(frozen=True)
class Track:
    """What is known of every moment of a stretch of sound.

    `speech` (windows,): probability of speech per window of 32 ms. `energy` (frames,): mean square per 10 ms.
    """

    speech: Samples
    energy: Samples
    duration_s: float


def gain(level: float) -> float:
    """By how much to amplify a recording before looking for speech; quiet ones would be taken for silence."""
    return 0.25 / level if 0 < level < _QUIET else 1.0


def listen(blocks: Iterable[Samples]) -> Track:
    """Speech probability and energy of mono blocks (n,) at 16 kHz. Raises `StudioError` without the model."""
    detector = _Detector()
    speech: list[Samples] = []
    energy: list[Samples] = []
    total = 0
    for block in _regular(blocks, _WINDOWS_PER_CALL * WINDOW_SAMPLES):
        total += block.size
        speech.append(detector.probabilities(_padded(block, WINDOW_SAMPLES)))
        energy.append(np.square(_padded(block, ENERGY_SAMPLES)).mean(axis=1))
    empty = [np.zeros(0, dtype=np.float32)]
    return Track(np.concatenate(speech or empty), np.concatenate(energy or empty), total / RATE_HZ)


def speech_segments(
    probabilities: Samples, threshold: float, min_speech_s: float, min_silence_s: float, duration_s: float
) -> NDArray[np.float64]:
    """Stretches of speech, (segments, 2) with start and end in seconds.

    Speech begins with a window at or above `threshold` and ends where `min_silence_s` pass below a somewhat lower
    one; stretches shorter than `min_speech_s` are left out.
    """
    lower = max(threshold - _HYSTERESIS, threshold / 5)
    spans = _runs(_latched(probabilities >= threshold, probabilities < lower)) * WINDOW_S
    if len(spans) > 1:
        apart = spans[1:, 0] - spans[:-1, 1] >= min_silence_s
        spans = np.stack([spans[np.r_[True, apart], 0], spans[np.r_[apart, True], 1]], axis=1)
    spans = np.minimum(spans, duration_s)
    return np.asarray(spans[spans[:, 1] - spans[:, 0] >= min_speech_s], dtype=np.float64)


def _latched(on: NDArray[np.bool_], off: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True from each `on` to the next `off`: the last of the two that was seen decides."""
    said = np.where(on, 1, np.where(off, 0, -1))
    last = np.maximum.accumulate(np.where(said >= 0, np.arange(len(said)), -1))
    return np.asarray((last >= 0) & (said[last] == 1), dtype=np.bool_)


def _runs(mask: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Begin and end (exclusive) of each run of True, (runs, 2)."""
    changes = np.flatnonzero(np.diff(np.r_[False, mask, False].astype(np.int8)))
    return changes.reshape(-1, 2)


class _Detector:
    """The model and its memory of what it has heard."""

    def __init__(self) -> None:
        self._session = _session()
        self._h = np.zeros((1, 1, 128), dtype=np.float32)
        self._c = np.zeros((1, 1, 128), dtype=np.float32)
        self._context = np.zeros(_CONTEXT_SAMPLES, dtype=np.float32)

    def probabilities(self, windows: Samples) -> Samples:
        """(windows, 512) -> (windows,), going on from the call before."""
        tails = windows[:, -_CONTEXT_SAMPLES:]
        contexts = np.concatenate([self._context[np.newaxis], tails[:-1]])
        fed = {"input": np.concatenate([contexts, windows], axis=1), "h": self._h, "c": self._c}
        speech, self._h, self._c = self._session.run(["speech_probs", "hn", "cn"], fed)
        self._context = tails[-1]
        return np.asarray(speech, dtype=np.float32)


@lru_cache(maxsize=1)
def _session() -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1  # the model is sequential: more threads only burn time
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(_model_path()), options, providers=["CPUExecutionProvider"])


def _model_path() -> Path:
    package = importlib.util.find_spec("silero_vad")
    folders = package.submodule_search_locations if package else None
    path = Path(folders[0]) / "data" / "silero_vad_16k_sequence.onnx" if folders else None
    if path is None or not path.exists():
        raise StudioError(
            "The speech detector's model is missing: package silero-vad 6.2.3 is not installed.",
            hint="Install it with: pip install --no-deps silero-vad==6.2.3",
        )
    return path


def _regular(blocks: Iterable[Samples], size: int) -> Iterator[Samples]:
    """The same samples in blocks of exactly `size`, the last one shorter."""
    held: list[Samples] = []
    count = 0
    for block in blocks:
        held.append(block)
        count += block.size
        if count >= size:
            joined = np.concatenate(held)
            whole = count // size * size
            yield from joined[:whole].reshape(-1, size)
            held, count = [joined[whole:]], count - whole
    if count:
        yield np.concatenate(held)


def _padded(block: Samples, size: int) -> Samples:
    """(n,) -> (rows, size), the last row filled with silence."""
    return np.pad(block, (0, -block.size % size)).reshape(-1, size)
